package leaks

import (
	"bytes"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/runtime/serializer/streaming"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kube-posture/kube-posture-exporter/informers"
)

// object is any object of the API.
type object interface {
	runtime.Object
	metav1.Object
}

// wire encodes the objects of one kind as kube-apiserver does for a client that asks for protobuf, with apimachinery's own serializers and
// frames. It belongs to one goroutine.
type wire struct {
	one, stream runtime.Encoder
	decode      runtime.Decoder
	typed       func() (item, list runtime.Object, err error)
	framed      bytes.Buffer
	frames      streaming.Encoder
}

func newWire(k *informers.Kind) (*wire, error) {
	from := scheme.Scheme
	kind := k.GroupVersionKind()
	if k.MetadataOnly {
		from = runtime.NewScheme()
		metav1.AddToGroupVersion(from, metav1.Unversioned)
		if err := metav1.AddMetaToScheme(from); err != nil {
			return nil, err
		}
		kind = metav1.SchemeGroupVersion.WithKind("PartialObjectMetadata")
	}
	codecs := serializer.NewCodecFactory(from).WithoutConversion()
	info, ok := runtime.SerializerInfoForMediaType(codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	if !ok || info.StreamSerializer == nil {
		return nil, fmt.Errorf("%s cannot be encoded as protobuf", k)
	}
	w := &wire{
		one:    codecs.EncoderForVersion(info.Serializer, kind.GroupVersion()),
		decode: codecs.DecoderToVersion(info.Serializer, kind.GroupVersion()),
		stream: codecs.EncoderForVersion(info.StreamSerializer.Serializer, kind.GroupVersion()),
	}
	w.typed = func() (item, list runtime.Object, err error) {
		if item, err = from.New(kind); err != nil {
			return nil, nil, err
		}
		list, err = from.New(kind.GroupVersion().WithKind(kind.Kind + "List"))
		return item, list, err
	}
	w.frames = streaming.NewEncoder(info.StreamSerializer.NewFrameWriter(&w.framed), w.stream)
	return w, nil
}

// encode makes the bytes of one object, which are the caller's to keep.
func (w *wire) encode(o runtime.Object) ([]byte, error) { return runtime.Encode(w.one, o) }

// event makes the bytes of one event of a watch. They are good until the next call.
func (w *wire) event(what watch.EventType, encoded []byte) ([]byte, error) {
	w.framed.Reset()
	err := w.frames.Encode(&metav1.WatchEvent{Type: string(what), Object: runtime.RawExtension{Raw: encoded}})
	return w.framed.Bytes(), err
}

// bookmark makes the event that tells a version and no object. The first one after a streamed list says so.
func (w *wire) bookmark(version string, endsList bool) ([]byte, error) {
	item, _, err := w.typed()
	if err != nil {
		return nil, err
	}
	o := item.(object)
	o.SetResourceVersion(version)
	if endsList {
		o.SetAnnotations(map[string]string{metav1.InitialEventsAnnotationKey: "true"})
	}
	encoded, err := w.encode(o)
	if err != nil {
		return nil, err
	}
	return w.event(watch.Bookmark, encoded)
}

// failure makes the event that ends a watch with an error.
func (w *wire) failure(status metav1.Status) ([]byte, error) {
	encoded, err := w.encode(&status)
	if err != nil {
		return nil, err
	}
	return w.event(watch.Error, encoded)
}
