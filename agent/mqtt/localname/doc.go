// Package localname finds hosts whose names end in .local, as pump-7.local, by multicast DNS: without the system's
// resolver, which a static program cannot ask for it.
//
// # Concepts
//
// A question goes out on every interface that can do multicast, from a port of its own, so that who has the name
// answers to that port alone (a one-shot query, RFC 6762 section 5.1). The first answer counts.
//
// # Limits
//
// IPv4 only: an address of IPv6 that holds on the link alone means nothing without the interface. Answers from beyond
// the interface's own network are not taken (section 11), nor what is longer than 9,000 bytes (section 17). Whoever is
// in the local network can answer falsely, as with any name of this kind: TLS proves who a broker is.
//
// # Sources
//
// RFC 6762, "Multicast DNS", February 2013.
package localname
