package brokers

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
)

// saltBytes is what mosquitto 2.0 takes, no more and no less.
const saltBytes = 12

// mosquittoLine returns a user's line of a password file.
func mosquittoLine(user string) string {
	const rounds = 101
	salt := []byte((user + "............")[:saltBytes])
	key, err := pbkdf2.Key(sha512.New, Password, salt, rounds, sha512.Size)
	if err != nil {
		return "" // the broker then refuses the user
	}
	to := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("%s:$7$%d$%s$%s\n", user, rounds, to(salt), to(key))
}
