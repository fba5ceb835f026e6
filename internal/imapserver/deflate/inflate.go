package deflate

import (
	"bufio"
	"errors"
	"io"
)

// ErrCorrupt is returned by a Reader for what is no deflated stream.
var ErrCorrupt = errors.New("deflate: corrupt stream")

// window is how far back a reference may point (RFC 1951 §2).
const window = 1 << 15

// Reader inflates what a client sends (RFC 1951). It gives out everything that
// the bytes received so far decide before it waits for more. compress/flate
// does so only after an empty stored block (Z_SYNC_FLUSH); clients that end a
// command with an empty block of fixed codes (Z_PARTIAL_FLUSH), as RFC 4978 §3
// allows, would wait for ever. It holds some 35 KB.
type Reader struct {
	src  *bufio.Reader
	bits uint64 // not used yet, the next one lowest
	n    uint   // how many there are

	out [window]byte
	// written and given count all bytes since the beginning; what lies between
	// them waits to be given out.
	written, given int

	state  func(*Reader) bool
	final  bool
	ended  bool // no block is under way
	begun  int  // how many bytes were written when the last block began
	fixed  bool // its codes are those of RFC 1951 §3.2.6
	stored int  // bytes left of a stored block
	length int  // bytes left of a reference
	back   int  // and how far back it points
	codes  [2]code
	err    error
}

// NewReader returns a Reader of src.
func NewReader(src io.Reader) *Reader {
	r := &Reader{state: (*Reader).header}
	if b, ok := src.(*bufio.Reader); ok {
		r.src = b
	} else {
		r.src = bufio.NewReader(src)
	}
	return r
}

// Read implements io.Reader. It returns io.EOF after the last block, too.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.written == r.given {
		if r.err != nil {
			return 0, r.err
		}
		r.inflate()
	}
	from := r.given % window
	n := copy(p, r.out[from:min(window, from+r.written-r.given)])
	r.given += n
	return n, nil
}

// inflate goes on until it has filled half of the window, or has something and
// would have to wait for more.
func (r *Reader) inflate() {
	for r.err == nil && r.written-r.given < window/2 && r.state(r) {
	}
}

// EndFlush reads the rest of the flush that brought what was given out, so that
// the next byte of the source is one that the client sent later: the empty block
// of Z_SYNC_FLUSH and Z_FULL_FLUSH, or that of Z_PARTIAL_FLUSH, of which zlib
// keeps up to seven bits back, or the last block. It returns ErrCorrupt when
// there is more to give out.
func (r *Reader) EndFlush() error {
	for r.err == nil && r.written == r.given && !r.flushed() {
		r.state(r)
	}
	switch {
	case r.written != r.given:
		return ErrCorrupt
	case r.err == io.EOF && r.final:
		return nil
	}
	return r.err
}

// flushed tells whether an empty block is the last thing that came.
func (r *Reader) flushed() bool {
	if r.begun != r.written || r.written == 0 {
		return false
	}
	return r.fixed || r.ended
}

// need waits until there are n bits. It answers false when waiting would keep
// back what can be given out, and on an error.
func (r *Reader) need(n uint) bool {
	for r.n < n {
		if r.src.Buffered() == 0 && r.written != r.given {
			return false
		}
		b, err := r.src.ReadByte()
		if err != nil {
			r.err = err
			return false
		}
		r.bits |= uint64(b) << r.n
		r.n += 8
	}
	return true
}

// drop forgets n bits and returns them.
func (r *Reader) drop(n uint) int {
	v := r.bits & (1<<n - 1)
	r.bits >>= n
	r.n -= n
	return int(v)
}

func (r *Reader) corrupt() bool {
	r.err = ErrCorrupt
	return false
}

func (r *Reader) put(b byte) {
	r.out[r.written%window] = b
	r.written++
}

// header reads the three bits before a block (RFC 1951 §3.2.3).
func (r *Reader) header() bool {
	if r.final {
		r.err = io.EOF
		return false
	}
	if !r.need(3) {
		return false
	}
	r.final = r.drop(1) == 1
	r.ended, r.begun, r.fixed = false, r.written, false
	switch r.drop(2) {
	case 0:
		r.drop(r.n % 8)
		r.state = (*Reader).storedHeader
	case 1:
		r.codes, r.fixed = fixedCodes(), true
		r.state = (*Reader).symbols
	case 2:
		r.state = (*Reader).dynamicHeader
	default:
		return r.corrupt()
	}
	return true
}

func (r *Reader) endBlock() bool {
	r.state, r.ended = (*Reader).header, true
	return true
}

// storedHeader reads the length of a stored block (§3.2.4).
func (r *Reader) storedHeader() bool {
	if !r.need(32) {
		return false
	}
	r.stored = r.drop(16)
	if r.drop(16) != ^r.stored&0xffff {
		return r.corrupt()
	}
	r.state = (*Reader).storedBytes
	return true
}

func (r *Reader) storedBytes() bool {
	if r.stored == 0 {
		return r.endBlock()
	}
	if !r.need(8) {
		return false
	}
	r.put(byte(r.drop(8)))
	r.stored--
	return true
}

// dynamicHeader reads the codes of a block (§3.2.7). What was inflated before
// is given out first, so that reading may wait.
func (r *Reader) dynamicHeader() bool {
	if r.written != r.given || !r.need(14) {
		return false
	}
	literals, distances, count := r.drop(5)+257, r.drop(5)+1, r.drop(4)+4
	if literals > maxLiterals || distances > maxDistances {
		return r.corrupt()
	}
	var lengths [maxLiterals + maxDistances]uint8
	for i := range count {
		if !r.need(3) {
			return false
		}
		lengths[lengthOrder[i]] = uint8(r.drop(3))
	}
	codes, whole := newCode(lengths[:len(lengthOrder)])
	if !whole {
		return r.corrupt()
	}
	clear(lengths[:])
	if !r.codeLengths(lengths[:literals+distances], &codes) {
		return false
	}
	return r.useCodes(lengths[:literals], lengths[literals:literals+distances])
}

// useCodes begins a block. A code may be incomplete only when it has a single
// symbol of one bit, or, for distances, none (§3.2.7).
func (r *Reader) useCodes(literals, distances []uint8) bool {
	if literals[endOfBlock] == 0 {
		return r.corrupt()
	}
	for i, lengths := range [...][]uint8{literals, distances} {
		c, whole := newCode(lengths)
		if !whole && (c.over || c.used > 1 || c.used == 1 && c.count[1] != 1) {
			return r.corrupt()
		}
		r.codes[i] = c
	}
	r.state = (*Reader).symbols
	return true
}

// codeLengths reads the lengths of both codes, which are themselves coded.
func (r *Reader) codeLengths(lengths []uint8, c *code) bool {
	for i := 0; i < len(lengths); {
		symbol, ok := r.decode(c)
		if !ok {
			return false
		}
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		if symbol == 16 && i == 0 {
			return r.corrupt()
		}
		repeat := repeats[symbol-16]
		if !r.need(repeat.bits) {
			return false
		}
		n, length := repeat.base+r.drop(repeat.bits), uint8(0)
		if symbol == 16 {
			length = lengths[i-1]
		}
		if n > len(lengths)-i {
			return r.corrupt()
		}
		for range n {
			lengths[i] = length
			i++
		}
	}
	return true
}

// decode reads one symbol, waiting for it.
func (r *Reader) decode(c *code) (symbol int, ok bool) {
	for {
		symbol, length := c.find(r.bits, r.n)
		if length > 0 {
			r.drop(length)
			return symbol, true
		}
		if r.n >= maxBits {
			return 0, r.corrupt()
		}
		if !r.need(r.n + 1) {
			return 0, false
		}
	}
}

// symbols inflates one literal or reference. Nothing is dropped before all of
// its bits are there, so it may stop and begin again.
func (r *Reader) symbols() bool {
	for r.length > 0 {
		if r.written-r.given == window/2 {
			return false
		}
		r.put(r.out[(r.written-r.back)%window])
		r.length--
	}
	symbol, used, ok := r.peek(&r.codes[0], 0)
	switch {
	case !ok:
		return false
	case symbol < endOfBlock:
		r.drop(used)
		r.put(byte(symbol))
		return true
	case symbol == endOfBlock:
		r.drop(used)
		return r.endBlock()
	case symbol-firstLength >= len(lengthCodes):
		return r.corrupt()
	}
	return r.reference(lengthCodes[symbol-firstLength], used)
}

// reference reads the rest of a reference after the symbol of its length.
func (r *Reader) reference(length extra, used uint) bool {
	if !r.need(used + length.bits) {
		return false
	}
	n := length.base + int(r.bits>>used)&(1<<length.bits-1)
	used += length.bits
	symbol, used, ok := r.peek(&r.codes[1], used)
	if !ok {
		return false
	}
	if symbol >= len(distanceCodes) {
		return r.corrupt()
	}
	distance := distanceCodes[symbol]
	if !r.need(used + distance.bits) {
		return false
	}
	back := distance.base + int(r.bits>>used)&(1<<distance.bits-1)
	if back > r.written {
		return r.corrupt()
	}
	r.drop(used + distance.bits)
	r.length, r.back = n, back
	return true
}

// peek finds the symbol after the first used bits; used then counts its bits too.
func (r *Reader) peek(c *code, used uint) (symbol int, end uint, ok bool) {
	for {
		symbol, length := c.find(r.bits>>used, r.n-used)
		if length > 0 {
			return symbol, used + length, true
		}
		if r.n-used >= maxBits {
			return 0, 0, r.corrupt()
		}
		if !r.need(r.n + 1) {
			return 0, 0, false
		}
	}
}
