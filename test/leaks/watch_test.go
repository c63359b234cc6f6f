package leaks

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
)

// handle answers a list or a watch.
func (j *journal) handle(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	version, err := parseVersion(q.Get("resourceVersion"))
	if err != nil {
		refuse(w, apierrors.NewBadRequest(err.Error()))
		return
	}
	if err := acceptable(&j.kind, r); err != nil {
		refuse(w, &apierrors.StatusError{ErrStatus: metav1.Status{
			Status: metav1.StatusFailure, Code: http.StatusNotAcceptable, Reason: metav1.StatusReasonNotAcceptable, Message: err.Error(),
		}})
		return
	}
	out, err := newWire(&j.kind)
	if err != nil {
		refuse(w, apierrors.NewInternalError(err))
		return
	}
	streamed := q.Get("sendInitialEvents") == "true"
	switch {
	case q.Get("watch") != "true" && q.Get("watch") != "1":
		j.answerList(w, out, version)
	case streamed && j.refuses():
		why := field.Forbidden(field.NewPath("sendInitialEvents"), "sendInitialEvents is not supported")
		refuse(w, apierrors.NewInvalid(schema.GroupKind{Group: "meta.k8s.io", Kind: "ListOptions"}, "", field.ErrorList{why}))
	case streamed:
		encoded, at, reader := j.list(version, true)
		defer j.close(reader)
		j.stream(w, r, &watching{wire: out, reader: reader, initial: encoded, at: at, listed: true})
	case version == 0:
		refuse(w, apierrors.NewBadRequest("a watch without a version is not served: nobody here asks for one"))
	default:
		reader := j.resume(version)
		if reader == nil {
			j.expired(w, out, version)
			return
		}
		defer j.close(reader)
		j.stream(w, r, &watching{wire: out, reader: reader})
	}
}

func parseVersion(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	return strconv.ParseUint(text, 10, 64)
}

func (j *journal) answerList(w http.ResponseWriter, out *wire, version uint64) {
	encoded, at, _ := j.list(version, false)
	body, err := out.list(encoded, at)
	if err != nil {
		refuse(w, apierrors.NewInternalError(err))
		return
	}
	w.Header().Set("Content-Type", runtime.ContentTypeProtobuf)
	w.Write(body)
}

// refuses says whether this streamed list is one of those that are refused; the first never is.
func (j *journal) refuses() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.streams++
	return j.streams%refuseEvery == 0
}

const streamType = runtime.ContentTypeProtobuf + ";stream=watch"

// expired answers a watch from a version that is too old: with an event, because by then the answer has begun.
func (j *journal) expired(w http.ResponseWriter, out *wire, version uint64) {
	status := apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d", version)).Status()
	status.TypeMeta = metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}
	frame, err := out.failure(status)
	if err != nil {
		refuse(w, apierrors.NewInternalError(err))
		return
	}
	w.Header().Set("Content-Type", streamType)
	w.Write(frame)
}

// watching is one watch that is being answered.
type watching struct {
	wire   *wire
	reader *reader
	// initial are the objects of a list that is asked for as a stream, at its version.
	initial [][]byte
	at      string
	listed  bool
}

// stream writes events until the watch ends.
func (j *journal) stream(w http.ResponseWriter, r *http.Request, of *watching) {
	ctx := r.Context()
	if seconds, err := strconv.Atoi(r.URL.Query().Get("timeoutSeconds")); err == nil && seconds > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Duration(seconds)*time.Second)
		defer cancel()
	}
	defer context.AfterFunc(ctx, func() { j.stop(of.reader) })()
	w.Header().Set("Content-Type", streamType)
	w.WriteHeader(http.StatusOK)
	flush := http.NewResponseController(w)
	if of.listed && of.begin(w) != nil {
		return
	}
	buffer := make([]byte, 0, batch)
	for {
		if flush.Flush() != nil {
			return
		}
		frames, version, over, due := j.take(of.reader, buffer)
		if due {
			mark, err := of.wire.bookmark(strconv.FormatUint(version, 10), false)
			if err != nil {
				return
			}
			frames = append(frames, mark...)
		}
		if _, err := w.Write(frames); err != nil || over {
			return
		}
		if len(frames) < batch/2 {
			time.Sleep(linger)
		}
	}
}

// begin writes the list, and that it is whole.
func (of *watching) begin(w io.Writer) error {
	for _, encoded := range of.initial {
		frame, err := of.wire.event(watch.Added, encoded)
		if err != nil {
			return err
		}
		if _, err := w.Write(frame); err != nil {
			return err
		}
	}
	of.initial = nil
	end, err := of.wire.bookmark(of.at, true)
	if err != nil {
		return err
	}
	_, err = w.Write(end)
	return err
}
