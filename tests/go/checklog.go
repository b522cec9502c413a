// Checks a log of ours with the packages that the checksum database of the Go modules is made with.
//
//	checklog log FOLDER [CHECKPOINT…]     a log's folder, and older checkpoints of it
//	checklog proof VKEY PROOF LEAF        one proof (C2SP tlog-proof) and its leaf
//	checklog sample FOLDER PROOFS         so many leaves from all over a log
//	checklog memory NUMBER PROOFS         what a log in memory costs: so many leaves, then so many random proofs
//
// It ends with 0 where all is proved, and otherwise with 1 and why not.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Tiles are 8 levels high (C2SP tlog-tiles).
const height = 8

func main() {
	var err error
	switch arguments := os.Args[1:]; {
	case len(arguments) >= 2 && arguments[0] == "log":
		err = checkLog(arguments[1], arguments[2:])
	case len(arguments) == 4 && arguments[0] == "proof":
		err = checkProof(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 3 && arguments[0] == "sample":
		err = checkSample(arguments[1], arguments[2])
	case len(arguments) == 3 && arguments[0] == "memory":
		err = inMemory(arguments[1], arguments[2])
	default:
		err = fmt.Errorf("usage: checklog log FOLDER [CHECKPOINT…] | proof VKEY PROOF LEAF | sample FOLDER PROOFS | memory NUMBER PROOFS")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "checklog:", err)
		os.Exit(1)
	}
}

// verifiers reads the keys of a log, one a line.
func verifiers(path string) (note.Verifiers, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var keys []note.Verifier
	for _, line := range strings.Fields(string(text)) {
		key, err := note.NewVerifier(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
		keys = append(keys, key)
	}
	return note.VerifierList(keys...), nil
}

// open checks the signature of a checkpoint and reads it. Its lines are those of tlog.ParseTree but for the first, the name
// of the log.
func open(signed []byte, keys note.Verifiers) (tree tlog.Tree, err error) {
	opened, err := note.Open(signed, keys)
	if err != nil {
		return tree, err
	}
	lines := strings.SplitN(opened.Text, "\n", 4)
	if len(lines) < 4 || lines[0] != opened.Sigs[0].Name {
		return tree, fmt.Errorf("this is no checkpoint of the log that signed it: %q", opened.Text)
	}
	return tlog.ParseTree([]byte("go.sum database tree\n" + lines[1] + "\n" + lines[2] + "\n"))
}

// tiles reads tiles where we keep them: our paths have no height, because it is always the same.
type tiles struct{ folder string }

func (t tiles) Height() int                     { return height }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) path(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
	return filepath.Join(t.folder, strings.Replace(path, "tile/data/", "tile/entries/", 1))
}

// A tile that has grown since a checkpoint stands for the shorter one that the checkpoint needs.
func (t tiles) read(tile tlog.Tile) ([]byte, error) {
	data, err := os.ReadFile(t.path(tile))
	for wider := tile; err != nil && wider.W < 1<<height; {
		wider.W++
		data, err = os.ReadFile(t.path(wider))
	}
	return data, err
}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := t.read(tile)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", tile.Path(), err)
		}
		length := tile.W * tlog.HashSize
		if len(data) < length {
			return nil, fmt.Errorf("%s is too short", tile.Path())
		}
		all = append(all, data[:length])
	}
	return all, nil
}

// bundle reads the leaves of a bundle that a log of this size has: a length in two bytes, then the leaf.
func (t tiles) bundle(n, size int64) ([][]byte, error) {
	width := size - n<<height
	if width > 1<<height {
		width = 1 << height
	}
	rest, err := t.read(tlog.Tile{H: height, L: -1, N: n, W: int(width)})
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for i := int64(0); i < width; i++ {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return nil, fmt.Errorf("bundle %d is torn", n)
		}
		end := 2 + int(binary.BigEndian.Uint16(rest))
		all, rest = append(all, rest[2:end]), rest[end:]
	}
	return all, nil
}

// leaves reads the first of them from their bundles.
func (t tiles) leaves(size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); int64(len(all)) < size; n++ {
		bundle, err := t.bundle(n, size)
		if err != nil {
			return nil, err
		}
		all = append(all, bundle...)
	}
	return all, nil
}

// head opens the newest checkpoint of a log.
func head(folder string) (tree tlog.Tree, keys note.Verifiers, err error) {
	keys, err = verifiers(filepath.Join(folder, "log.vkey"))
	if err != nil {
		return tree, nil, err
	}
	signed, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		return tree, nil, err
	}
	tree, err = open(signed, keys)
	return tree, keys, err
}

func checkLog(folder string, older []string) error {
	tree, keys, err := head(folder)
	if err != nil {
		return err
	}
	// The reader checks every tile that it reads against the root.
	reader := tlog.TileHashReader(tree, tiles{folder})
	leaves, err := tiles{folder}.leaves(tree.N)
	if err != nil {
		return err
	}
	if err := checkRoot(leaves, tree); err != nil {
		return err
	}
	for n, leaf := range leaves {
		if err := prove(tree, int64(n), leaf, reader); err != nil {
			return err
		}
	}
	for _, path := range older {
		if err := checkOlder(path, keys, tree, reader); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	fmt.Printf("%d leaves, %d older checkpoints\n", tree.N, len(older))
	return nil
}

// prove makes the proof of a leaf and checks it.
func prove(tree tlog.Tree, n int64, leaf []byte, hashes tlog.HashReader) error {
	proof, err := tlog.ProveRecord(tree.N, n, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(leaf)); err != nil {
		return fmt.Errorf("leaf %d: %w", n, err)
	}
	return nil
}

// checkSample proves leaves of a log that lie far from each other.
func checkSample(folder, count string) error {
	wanted, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return err
	}
	tree, _, err := head(folder)
	if err != nil {
		return err
	}
	if tree.N < 1 {
		return fmt.Errorf("the log has no leaf")
	}
	reader := tlog.TileHashReader(tree, tiles{folder})
	for i := int64(0); i < wanted; i++ {
		n := i * 7_919_993 % tree.N
		leaves, err := tiles{folder}.bundle(n>>height, tree.N)
		if err != nil {
			return err
		}
		if err := prove(tree, n, leaves[n%(1<<height)], reader); err != nil {
			return err
		}
	}
	fmt.Printf("%d of %d leaves\n", wanted, tree.N)
	return nil
}

// checkRoot computes the root from the leaves alone.
func checkRoot(leaves [][]byte, tree tlog.Tree) error {
	hashes, err := stored(leaves)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("the leaves have the root %v, and the checkpoint says %v", root, tree.Hash)
	}
	return err
}

func checkOlder(path string, keys note.Verifiers, tree tlog.Tree, reader tlog.HashReader) error {
	signed, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	old, err := open(signed, keys)
	if err != nil {
		return err
	}
	if old.N < 1 || old.N > tree.N {
		return fmt.Errorf("it has %d leaves, and the log has %d", old.N, tree.N)
	}
	proof, err := tlog.ProveTree(tree.N, old.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
}

func checkProof(keyPath, proofPath, leafPath string) error {
	keys, err := verifiers(keyPath)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	leaf, err := os.ReadFile(leafPath)
	if err != nil {
		return err
	}
	end := bytes.Index(text, []byte("\n\n"))
	if end < 0 {
		return fmt.Errorf("the proof has no checkpoint")
	}
	lines := strings.Split(string(text[:end]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return fmt.Errorf("this is no proof")
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return err
		}
		proof = append(proof, hash)
	}
	tree, err := open(text[end+2:], keys)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
		return err
	}
	fmt.Printf("leaf %d of %d\n", index, tree.N)
	return nil
}

// memory holds all hashes of a tree in the order of their indexes.
type memory []tlog.Hash

func (m *memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(*m)) {
			return nil, fmt.Errorf("there is no hash %d", index)
		}
		found[i] = (*m)[index]
	}
	return found, nil
}

// stored makes the tree of some leaves.
func stored(leaves [][]byte) (*memory, error) {
	all := new(memory)
	for n, leaf := range leaves {
		hashes, err := tlog.StoredHashes(int64(n), leaf, all)
		if err != nil {
			return nil, err
		}
		*all = append(*all, hashes...)
	}
	return all, nil
}

// inMemory does what the bench of our log does, without a disk.
func inMemory(count, proofs string) error {
	number, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		return err
	}
	wanted, err := strconv.Atoi(proofs)
	if err != nil || number < 1 {
		return fmt.Errorf("numbers are asked for, and one leaf at least")
	}
	leaves := make([][]byte, number)
	for n := range leaves {
		leaves[n] = []byte(base64.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64(make([]byte, 120), uint64(n))))
	}
	hashes, err := stored(leaves)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(number, hashes)
	if err != nil {
		return err
	}
	source := rand.New(rand.NewSource(1))
	for i := 0; i < wanted; i++ {
		n := source.Int63n(number)
		if err := prove(tlog.Tree{N: number, Hash: root}, n, leaves[n], hashes); err != nil {
			return err
		}
	}
	fmt.Printf("%d leaves, %d proofs\n", number, wanted)
	return nil
}
