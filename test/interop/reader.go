// A reader of a journal's tree that shares no code with Dogwatch: Go's own golang.org/x/mod/sumdb/note and tlog. It verifies the
// checkpoint's signature, computes the root over every leaf, holds tiles and older signed checkpoints against it, and checks
// proofs: its own, made from the tiles, and those that Dogwatch made.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8
const width = 1 << height

func check(err error, what string, values ...interface{}) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", fmt.Sprintf(what, values...), err)
		os.Exit(1)
	}
}

func ensure(holds bool, what string, values ...interface{}) {
	if !holds {
		check(fmt.Errorf("does not hold"), what, values...)
	}
}

// folder gives tiles of C2SP tlog-tiles, whose paths lack the height that those of package tlog have.
type folder string

func (dir folder) Height() int                     { return height }
func (dir folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (dir folder) resource(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return filepath.Join(string(dir), "tile", strings.Replace(path, "data/", "entries/", 1))
}
func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(dir.resource(tile))
		if os.IsNotExist(err) && tile.W < width {
			// A partial tile may be gone when the full one is there.
			full := tile
			full.W = width
			if data, err = os.ReadFile(dir.resource(full)); err == nil {
				data = data[:tile.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// bundle gives the leaves of an entry bundle: each behind its length as big-endian uint16.
func (dir folder) bundle(index int64, count int) [][]byte {
	data, err := os.ReadFile(dir.resource(tlog.Tile{H: height, L: -1, N: index, W: count}))
	check(err, "entry bundle %d", index)
	var leaves [][]byte
	for len(data) > 0 {
		ensure(len(data) >= 2, "a whole length in bundle %d", index)
		length := int(binary.BigEndian.Uint16(data))
		ensure(len(data) >= 2+length, "a whole leaf in bundle %d", index)
		leaves = append(leaves, data[2:2+length])
		data = data[2+length:]
	}
	ensure(len(leaves) == count, "%d leaves in bundle %d", count, index)
	return leaves
}

// tree reads a checkpoint (C2SP tlog-checkpoint) that one of the verifiers signed.
func tree(text []byte, known note.Verifiers, origin string) tlog.Tree {
	opened, err := note.Open(text, known)
	check(err, "the signature of a checkpoint")
	lines := strings.Split(opened.Text, "\n")
	ensure(len(lines) >= 4 && lines[0] == origin, "the origin %q", lines[0])
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "the size of a checkpoint")
	root, err := base64.StdEncoding.DecodeString(lines[2])
	check(err, "the root of a checkpoint")
	ensure(len(root) == tlog.HashSize, "the root's length")
	head := tlog.Tree{N: size}
	copy(head.Hash[:], root)
	return head
}

// stored holds every hash of the tree, computed from the leaves.
type stored []tlog.Hash

func (all stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		if index >= int64(len(all)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[at] = all[index]
	}
	return found, nil
}

var leafID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
var commitment = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// checkLeaf holds a leaf against docs/journal-format.md.
func checkLeaf(text []byte, index int64) {
	var leaf struct {
		C    map[string]string
		I, K string
		T    int64
		V    int
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	check(decoder.Decode(&leaf), "leaf %d", index)
	ensure(leaf.V == 1 && leafID.MatchString(leaf.I) && leaf.K != "" && leaf.T > 0, "the members of leaf %d", index)
	var members []string
	for _, part := range []string{"a", "b", "q", "r", "s"} {
		if value, there := leaf.C[part]; there {
			ensure(commitment.MatchString(value), "a commitment of leaf %d", index)
			members = append(members, fmt.Sprintf(`"%s":"%s"`, part, value))
		}
	}
	ensure(len(members) == len(leaf.C) && len(members) > 0, "the commitments of leaf %d", index)
	canonical := fmt.Sprintf(`{"c":{%s},"i":"%s","k":"%s","t":%d,"v":1}`, strings.Join(members, ","), leaf.I, leaf.K, leaf.T)
	ensure(canonical == string(text), "RFC 8785 of leaf %d", index)
}

// made is a proof that Dogwatch made: of leaf Leaf in the tree of Size, or, with From, that the tree of From is its beginning.
type made struct {
	Leaf, From *int64
	Size       int64
	Hashes     [][]byte
}

func (proof made) hashes() []tlog.Hash {
	all := []tlog.Hash{}
	for _, hash := range proof.Hashes {
		ensure(len(hash) == tlog.HashSize, "the length of a proof's hash")
		var each tlog.Hash
		copy(each[:], hash)
		all = append(all, each)
	}
	return all
}

// Arguments: the folder of the log, the file of kept checkpoints, a file of proofs as JSON lines, how many samples.
func main() {
	ensure(len(os.Args) == 5, "four arguments")
	dir, kept, proofs := folder(os.Args[1]), os.Args[2], os.Args[3]
	samples, err := strconv.Atoi(os.Args[4])
	check(err, "the number of samples")

	var verifiers []note.Verifier
	keys, err := os.ReadFile(filepath.Join(string(dir), "vkey"))
	check(err, "vkey")
	for _, line := range strings.Split(strings.TrimSpace(string(keys)), "\n") {
		verifier, err := note.NewVerifier(line)
		check(err, "vkey")
		verifiers = append(verifiers, verifier)
	}
	known := note.VerifierList(verifiers...)
	origin := verifiers[0].Name()
	text, err := os.ReadFile(filepath.Join(string(dir), "checkpoint"))
	check(err, "checkpoint")
	head := tree(text, known, origin)

	// Every leaf: its bundle, its hash in the tile of level 0, and the root over all of them.
	tiles := tlog.TileHashReader(head, dir)
	var all stored
	for first := int64(0); first < head.N; first += width {
		count := width
		if head.N-first < width {
			count = int(head.N - first)
		}
		tile, err := dir.ReadTiles([]tlog.Tile{{H: height, L: 0, N: first / width, W: count}})
		check(err, "tile %d", first/width)
		for at, leaf := range dir.bundle(first/width, count) {
			index := first + int64(at)
			checkLeaf(leaf, index)
			hash := tlog.RecordHash(leaf)
			ensure(bytes.Equal(hash[:], tile[0][at*tlog.HashSize:(at+1)*tlog.HashSize]), "leaf %d in its tile", index)
			hashes, err := tlog.StoredHashesForRecordHash(index, hash, all)
			check(err, "leaf %d", index)
			all = append(all, hashes...)
		}
	}
	root, err := tlog.TreeHash(head.N, all)
	check(err, "the root")
	ensure(root == head.Hash, "the root that was signed for %d", head.N)

	// Every kept checkpoint is an earlier state of this very log.
	states := 0
	file, err := os.ReadFile(kept)
	check(err, "kept checkpoints")
	for _, record := range regexp.MustCompile(`(?s)[^\n].*?\n\n.*?\n\n`).FindAll(file, -1) {
		older := tree(record[:len(record)-1], known, origin)
		if older.N == 0 {
			continue
		}
		ensure(older.N <= head.N, "the size of a kept checkpoint")
		proof, err := tlog.ProveTree(head.N, older.N, tiles)
		check(err, "consistency of %d with %d", older.N, head.N)
		check(tlog.CheckTree(proof, head.N, head.Hash, older.N, older.Hash), "consistency of %d with %d", older.N, head.N)
		states++
	}

	// Proofs from the tiles.
	for sample := 0; sample < samples; sample++ {
		index := rand.Int63n(head.N)
		proof, err := tlog.ProveRecord(head.N, index, tiles)
		check(err, "inclusion of %d", index)
		check(tlog.CheckRecord(proof, head.N, head.Hash, index, all[tlog.StoredHashIndex(0, index)]), "inclusion of %d", index)
		size := 1 + rand.Int63n(head.N)
		older, err := tlog.TreeHash(size, all)
		check(err, "the root of %d", size)
		consistency, err := tlog.ProveTree(head.N, size, tiles)
		check(err, "consistency of %d", size)
		check(tlog.CheckTree(consistency, head.N, head.Hash, size, older), "consistency of %d", size)
	}

	// Proofs that Dogwatch made.
	given, err := os.Open(proofs)
	check(err, "proofs")
	lines := bufio.NewScanner(given)
	checked := 0
	for ; lines.Scan(); checked++ {
		var proof made
		check(json.Unmarshal(lines.Bytes(), &proof), "a proof")
		root, err := tlog.TreeHash(proof.Size, all)
		check(err, "the root of %d", proof.Size)
		if proof.Leaf != nil {
			hash := all[tlog.StoredHashIndex(0, *proof.Leaf)]
			check(tlog.CheckRecord(proof.hashes(), proof.Size, root, *proof.Leaf, hash), "Dogwatch's inclusion of %d in %d", *proof.Leaf, proof.Size)
		} else {
			older, err := tlog.TreeHash(*proof.From, all)
			check(err, "the root of %d", *proof.From)
			check(tlog.CheckTree(proof.hashes(), proof.Size, root, *proof.From, older), "Dogwatch's consistency of %d with %d", *proof.From, proof.Size)
		}
	}
	check(lines.Err(), "proofs")
	fmt.Printf("%d entries, %d kept checkpoints, %d proofs from tiles, %d proofs of Dogwatch's: all verified\n", head.N, states, 2*samples, checked)
}
