package access

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	authenticationclient "k8s.io/client-go/kubernetes/typed/authentication/v1"
	authorizationclient "k8s.io/client-go/kubernetes/typed/authorization/v1"
	"k8s.io/client-go/rest"
)

// reviews asks the API server.
type reviews struct {
	tokens    authenticationclient.TokenReviewInterface
	rights    authorizationclient.SubjectAccessReviewInterface
	audiences []string
}

func newReviews(api *rest.Config, audiences []string, timeout time.Duration) (*reviews, error) {
	config := rest.CopyConfig(api)
	config.Timeout = timeout
	// What bounds the questions is in memory; client-go's own limit would make those wait who are known.
	config.QPS, config.RateLimiter = -1, nil
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("make the client that asks who may read: %w", err)
	}
	authentication, err := authenticationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make the client that asks whose a token is: %w", err)
	}
	authorization, err := authorizationclient.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, fmt.Errorf("make the client that asks who may read: %w", err)
	}
	return &reviews{tokens: authentication.TokenReviews(), rights: authorization.SubjectAccessReviews(), audiences: audiences}, nil
}

// token asks whose token it is.
func (r *reviews) token(ctx context.Context, token string) (answer, error) {
	asked := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: r.audiences}}
	got, err := r.tokens.Create(ctx, asked, metav1.CreateOptions{})
	if err != nil {
		return answer{}, fmt.Errorf("ask for a TokenReview: %w", err)
	}
	status := &got.Status
	if !status.Authenticated || status.User.Username == "" || status.User.Username == "system:anonymous" || !r.meant(status.Audiences) {
		return answer{}, nil
	}
	return answer{yes: true, user: &status.User}, nil
}

// meant says whether a token is meant for one of the audiences that were asked for. An authenticator that does not look at audiences
// returns none, and must not be believed then.
func (r *reviews) meant(audiences []string) bool {
	return len(r.audiences) == 0 || slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(r.audiences, a) })
}

// access asks whether somebody may do something.
func (r *reviews) access(ctx context.Context, spec authorizationv1.SubjectAccessReviewSpec) (answer, error) {
	got, err := r.rights.Create(ctx, &authorizationv1.SubjectAccessReview{Spec: spec}, metav1.CreateOptions{})
	if err != nil {
		return answer{}, fmt.Errorf("ask for a SubjectAccessReview: %w", err)
	}
	return answer{yes: got.Status.Allowed && !got.Status.Denied}, nil
}

func specOf(user *authenticationv1.UserInfo, verb, path string) authorizationv1.SubjectAccessReviewSpec {
	spec := authorizationv1.SubjectAccessReviewSpec{
		User: user.Username, UID: user.UID, Groups: user.Groups,
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: path, Verb: verb},
	}
	if user.Extra != nil {
		spec.Extra = make(map[string]authorizationv1.ExtraValue, len(user.Extra))
		for k, v := range user.Extra {
			spec.Extra[k] = authorizationv1.ExtraValue(v)
		}
	}
	return spec
}

// specKey is the same for equal questions only.
func specKey(spec authorizationv1.SubjectAccessReviewSpec) (string, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return "", fmt.Errorf("write a SubjectAccessReview: %w", err)
	}
	return digest(string(text)), nil
}

// digest stands for a text of any length from which nobody gets the text back: a token is in memory only while it is looked at.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}
