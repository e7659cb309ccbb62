// Package firstboot takes up what an owner wrote on the card's FAT partition, which any PC can
// edit, before the node listens.
//
// # Concepts
//
// An item is a file of a known name: the configuration, a model, the network, the wireless
// network, the keys that may log in, secrets. Each is checked whole before anything of it counts,
// and one that is wrong leaves what was there before; the others go on. What became of each stands
// in auscult-report.txt on the same partition, in words for whoever has pulled the card.
//
// An item is taken once: what is changed on the node afterwards stays, until the file on the
// card changes too. Secrets are removed from the card when they are taken, since it is read by whoever
// finds it.
//
// # Formats
//
// auscult.toml is auscultd.toml. wifi.txt and network.txt have lines "key = value"; # begins a
// comment. authorized_keys.txt is OpenSSH's. Text may be UTF-8, with or without a byte order mark,
// or UTF-16 with one, and lines may end as on any system: editors of PCs write all of these.
//
// # Errors
//
// Apply returns an error only for what keeps the node itself from being set up, as a full disk; a
// wrong file is no error but a line of the report.
//
// # Limits
//
// 64 KiB for each text, 64 MiB for a model, 4096 files on the card.
//
// # Sources
//
// systemd.network(5), wpa_supplicant.conf(5), IEEE 802.11 (names of networks and their keys),
// sshd(8) for authorized_keys, machine-id(5).
package firstboot
