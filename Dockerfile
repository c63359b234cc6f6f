# The same files as `make image` puts into its image: the binary, and the public certificate authorities that tools/image brings along.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
COPY tools/image/go.mod tools/image/go.sum tools/image/
RUN go mod download && cd tools/image && go mod download
COPY Makefile VERSION ./
COPY cmd cmd
COPY collector collector
COPY informers informers
COPY internal internal
COPY tools tools
RUN cd tools/image && go run . certificates /src/ca-certificates.crt
ARG TARGETARCH
ARG REVISION=unknown
ARG DATE=unknown
RUN GOOS=linux GOARCH="$TARGETARCH" GOFLAGS=-buildvcs=false make build REVISION="$REVISION" BRANCH= DATE="$DATE"

FROM scratch
COPY --from=build --chmod=0444 /src/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chmod=0555 /src/bin/kube-posture-exporter /bin/kube-posture-exporter
USER 65532:65532
EXPOSE 9911
ENTRYPOINT ["/bin/kube-posture-exporter"]
