// Command release makes what is handed out from programs that are built: packages, archives, an image, a bill of
// materials, checksums and their signature.
//
// # Concepts
//
// It is a module of its own, so that packagers are no dependency of what runs on nodes. build/package/release calls
// its commands in order, build/package/build the first of them alone.
//
//	package  a .deb or .rpm of build/package/nfpm.yaml
//	archive  a folder as .tar.gz or .zip
//	image    an OCI image for several architectures, as an archive that podman, docker and skopeo load
//	sbom     an SPDX 2.3 document of the modules that the programs say they are built of
//	sums     SHA256SUMS of a folder, signed with minisign where there is a key
//	key     a new pair of keys without a password
//	verify  check a folder by its signature and checksums
//	same     compare two folders byte by byte
//
// # Formats
//
// The same input gives the same bytes: times are SOURCE_DATE_EPOCH, owners are root, names are in order, and signatures
// of Ed25519 are the same each time.
package main
