// Command image puts the exporter's binaries into one OCI image for several architectures, without a container engine: the binary, the
// public certificate authorities, and nothing else.
//
// It must never read the clock or anything of the machine that it runs on, so that the same binaries make the same digest everywhere. It is
// not a part of what is shipped, and nothing imports it; `make image` runs it.
package main
