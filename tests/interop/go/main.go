// Check an exported log and its receipts with Go's own sumdb/note and tlog, and nothing of ours.
//
//	go run . LOG_DIR VKEY [RECEIPTS_DIR]
//
// Every file of LOG_DIR must be the checkpoint, its key, or a tile that follows from the entries; every tile that the
// tree needs must be there. Every receipt must prove its entry in a tree that the checkpoint extends.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

type log struct {
	verifier note.Verifier
	tree     tlog.Tree
	leaves   [][]byte
	hashes   []tlog.Hash
}

func main() {
	if len(os.Args) < 3 {
		fail("usage: check LOG_DIR VKEY [RECEIPTS_DIR]")
	}
	verifier, err := note.NewVerifier(os.Args[2])
	check(err)
	l := &log{verifier: verifier}
	dir := os.Args[1]
	l.tree = l.open(read(filepath.Join(dir, "checkpoint")))
	l.readEntries(dir)
	root, err := tlog.TreeHash(l.tree.N, l)
	check(err)
	if root != l.tree.Hash {
		fail("the entries lead to another root")
	}
	tiles := l.compareTiles(dir)
	receipts := 0
	if len(os.Args) > 3 {
		receipts = l.compareReceipts(os.Args[3])
	}
	fmt.Printf("entries %d tiles %d receipts %d\n", len(l.leaves), tiles, receipts)
}

// ReadHashes gives stored hashes to tlog.
func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index < 0 || index >= int64(len(l.hashes)) {
			return nil, fmt.Errorf("no stored hash %d", index)
		}
		found[at] = l.hashes[index]
	}
	return found, nil
}

// open verifies a checkpoint: exactly one tree head under the log's own name.
func (l *log) open(data []byte) tlog.Tree {
	signed, err := note.Open(data, note.VerifierList(l.verifier))
	check(err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != l.verifier.Name() {
		fail("not a checkpoint of this log: %q", signed.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	hash, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: hash}
}

// readEntries reads the leaves from the bundles, and stores the hashes that they give.
func (l *log) readEntries(dir string) {
	for n := int64(0); n*256 < l.tree.N; n++ {
		width := l.tree.N - n*256
		if width > 256 {
			width = 256
		}
		data := read(filepath.Join(dir, path(tlog.Tile{H: height, L: -1, N: n, W: int(width)})))
		for ; width > 0; width-- {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				fail("bundle %d ends inside an entry", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			l.leaves = append(l.leaves, data[2:end])
			data = data[end:]
		}
		if len(data) != 0 {
			fail("bundle %d holds more entries than its name says", n)
		}
	}
	for index, leaf := range l.leaves {
		hashes, err := tlog.StoredHashes(int64(index), leaf, l)
		check(err)
		l.hashes = append(l.hashes, hashes...)
	}
}

// compareTiles derives every tile of the tree and compares; files that belong to no tile are refused.
func (l *log) compareTiles(dir string) int {
	expected := map[string]bool{"checkpoint": true, "log.vkey": true}
	for n := int64(0); n*256 < l.tree.N; n++ {
		width := l.tree.N - n*256
		if width > 256 {
			width = 256
		}
		expected[path(tlog.Tile{H: height, L: -1, N: n, W: int(width)})] = true
	}
	tiles := 0
	for _, tile := range tlog.NewTiles(height, 0, l.tree.N) {
		if tile.W < 256 && int64(tile.W) != (l.tree.N>>(height*uint(tile.L)))-tile.N*256 {
			continue // A narrower version of the last tile of its level.
		}
		data, err := tlog.ReadTileData(tile, l)
		check(err)
		if !bytes.Equal(data, read(filepath.Join(dir, path(tile)))) {
			fail("%s differs from the entries", path(tile))
		}
		expected[path(tile)] = true
		tiles++
	}
	check(filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		check(err)
		relative, err := filepath.Rel(dir, name)
		if err == nil && !entry.IsDir() && !expected[relative] {
			fail("%s is no file of this log", relative)
		}
		return err
	}))
	return tiles
}

// compareReceipts checks every receipt: its checkpoint, that the log extends it, its leaf and its name.
func (l *log) compareReceipts(dir string) int {
	names, err := filepath.Glob(filepath.Join(dir, "*.tlog-proof"))
	check(err)
	for _, name := range names {
		head, checkpoint, found := strings.Cut(string(read(name)), "\n\n")
		lines := strings.Split(head, "\n")
		if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
			fail("%s is no receipt", name)
		}
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		check(err)
		var proof tlog.RecordProof
		for _, line := range lines[2:] {
			hash, err := tlog.ParseHash(line)
			check(err)
			proof = append(proof, hash)
		}
		tree := l.open([]byte(checkpoint))
		if index < 0 || index >= tree.N || tree.N > l.tree.N {
			fail("%s is of another tree", name)
		}
		leaf := l.leaves[index]
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)))
		growth, err := tlog.ProveTree(l.tree.N, tree.N, l)
		check(err)
		check(tlog.CheckTree(growth, l.tree.N, l.tree.Hash, tree.N, tree.Hash))
		text := leaf[:bytes.LastIndex(leaf, []byte("\n\n"))+1]
		id := sha256.Sum256(text)
		if filepath.Base(name) != hex.EncodeToString(id[:])+".tlog-proof" {
			fail("%s is the receipt of another entry", name)
		}
	}
	return len(names)
}

// path is a tile's path of C2SP tlog-tiles, which names no height and calls data tiles "entries".
func path(tile tlog.Tile) string {
	name := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(name, "data/", "entries/", 1)
}

func read(name string) []byte {
	data, err := os.ReadFile(name)
	check(err)
	return data
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
