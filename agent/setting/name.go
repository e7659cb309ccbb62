package setting

import "strings"

// maxName is the most letters of an id or a name: they are parts of topics.
const maxName = 64

// NameRule says what IsName asks for.
const NameRule = "write 1 to 64 of the letters a-z A-Z 0-9 . _ -, not beginning with . or -"

// IsName reports whether s can be one level of an MQTT topic and a part of a file
// name everywhere.
func IsName(s string) bool {
	if s == "" || len(s) > maxName || s[0] == '.' || s[0] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	}) < 0
}
