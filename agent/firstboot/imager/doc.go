// Package imager does the reading of what programs that write cards leave on the FAT partition for
// another system's first boot: Raspberry Pi Imager's customisation in each of its forms.
//
// # Concepts
//
// A file becomes [Wishes], which say what its owner asked for; the caller grants what it can and
// says what it cannot. Scripts are read, never run: only the lines that Imager is known to write
// count.
//
// # Formats
//
//   - user-data and network-config: cloud-init's, YAML; Imager 1.7 and later, by the init_format of
//     our list
//   - custom.toml: Raspberry Pi OS from Bookworm on
//   - firstrun.sh: the script of Imager 1.6 and later for Raspberry Pi OS
//   - wpa_supplicant.conf, userconf.txt (NAME:HASH) and ssh: written by hand, as pages on the web say
//
// # Errors
//
// An error says what is wrong with the file in words for its owner. What a file asks for and nobody
// here knows stands in Wishes.Unknown and is no error.
//
// # Limits
//
// The caller bounds the size; 64 keys, 64 unknown names.
//
// # Sources
//
// raspberrypi/rpi-imager src/customization_generator.cpp, RPi-Distro/raspberrypi-sys-mods
// usr/lib/raspberrypi-sys-mods/init_config, cloud-init's modules "users and groups", "set hostname"
// and network configuration version 2, wpa_supplicant.conf(5).
package imager
