# The same build as `make build`. The image holds the binary and the public certificate authorities, and nothing to log in with.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY Makefile VERSION ./
COPY cmd cmd
COPY collector collector
COPY informers informers
COPY internal internal
ARG REVISION=unknown
ARG BRANCH=unknown
RUN make build REVISION="$REVISION" BRANCH="$BRANCH"

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/bin/kube-posture-exporter /bin/kube-posture-exporter
USER 65532:65532
EXPOSE 9911
ENTRYPOINT ["/bin/kube-posture-exporter"]
