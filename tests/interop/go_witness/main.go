// Check a cosigned checkpoint with Go's own sumdb/note, to which C2SP's Ed25519 cosignature is added as a verifier.
//
//	go run . CHECKPOINT LOG_VKEY WITNESS_VKEY...
//
// Prints the time that every witness states. note.Open itself fails when a line of a known key does not verify.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const cosignatureV1 = 4

type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (w *witness) Name() string    { return w.name }
func (w *witness) KeyHash() uint32 { return w.hash }

// Verify checks time and signature over the message of C2SP tlog-cosignature.
func (w *witness) Verify(text, blob []byte) bool {
	if len(blob) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(blob), text)
	return ed25519.Verify(w.key, []byte(message), blob[8:])
}

// newWitness reads a verifier key and computes its key id anew.
func newWitness(vkey string) *witness {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("not a verifier key: %s", vkey)
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != cosignatureV1 {
		fail("not the key of a witness: %s", vkey)
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	hash := binary.BigEndian.Uint32(sum[:4])
	if stated, err := strconv.ParseUint(parts[1], 16, 32); err != nil || uint32(stated) != hash {
		fail("the key id of %s is another", vkey)
	}
	return &witness{parts[0], hash, ed25519.PublicKey(data[1:])}
}

func main() {
	if len(os.Args) < 4 {
		fail("usage: check CHECKPOINT LOG_VKEY WITNESS_VKEY...")
	}
	data, err := os.ReadFile(os.Args[1])
	check(err)
	log, err := note.NewVerifier(os.Args[2])
	check(err)
	verifiers := []note.Verifier{log}
	for _, vkey := range os.Args[3:] {
		verifiers = append(verifiers, newWitness(vkey))
	}
	opened, err := note.Open(data, note.VerifierList(verifiers...))
	check(err)
	if len(opened.Sigs) != len(verifiers) {
		fail("%d of %d signatures", len(opened.Sigs), len(verifiers))
	}
	for _, signature := range opened.Sigs[1:] {
		blob, err := base64.StdEncoding.DecodeString(signature.Base64)
		check(err)
		fmt.Printf("%s %d\n", signature.Name, binary.BigEndian.Uint64(blob[4:]))
	}
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, "FAIL "+format+"\n", values...)
	os.Exit(1)
}
