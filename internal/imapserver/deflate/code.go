package deflate

// maxBits is the longest code (RFC 1951 §3.2.2).
const maxBits = 15

const (
	endOfBlock   = 256
	firstLength  = 257
	maxLiterals  = 286
	maxDistances = 30
	fixedSymbols = 288
)

// code is a Huffman code in its canonical form: how many symbols there are of
// each length, and the symbols by length and value (§3.2.2).
type code struct {
	count   [maxBits + 1]uint16
	symbols [fixedSymbols]uint16
	used    int
	over    bool // more codes than there is room for
}

// newCode makes the code in which symbol i has lengths[i] bits, 0 for none.
// whole is false when it is oversubscribed or has codes without a symbol.
func newCode(lengths []uint8) (c code, whole bool) {
	for _, l := range lengths {
		if l > 0 {
			c.count[l]++
			c.used++
		}
	}
	left := 1
	var first [maxBits + 2]uint16
	for l := 1; l <= maxBits; l++ {
		left = left<<1 - int(c.count[l])
		if left < 0 {
			c.over = true
			return c, false
		}
		first[l+1] = first[l] + c.count[l]
	}
	for symbol, l := range lengths {
		if l > 0 {
			c.symbols[first[l]] = uint16(symbol)
			first[l]++
		}
	}
	return c, left == 0
}

// find returns the symbol that n bits begin with and its length; 0 when they
// are too few or no code.
func (c *code) find(bits uint64, n uint) (symbol int, length uint) {
	value, first, index := 0, 0, 0
	for l := uint(1); l <= min(n, maxBits); l++ {
		value |= int(bits & 1)
		bits >>= 1
		count := int(c.count[l])
		if value-count < first {
			return int(c.symbols[index+value-first]), l
		}
		index += count
		first = (first + count) << 1
		value <<= 1
	}
	return 0, 0
}

// fixedCodes are those of §3.2.6.
func fixedCodes() [2]code {
	var literals [fixedSymbols]uint8
	for i := range literals {
		switch {
		case i < 144, i >= 280:
			literals[i] = 8
		case i < 256:
			literals[i] = 9
		default:
			literals[i] = 7
		}
	}
	// 30 and 31 have codes, and are refused where they are used.
	var distances [32]uint8
	for i := range distances {
		distances[i] = 5
	}
	a, _ := newCode(literals[:])
	b, _ := newCode(distances[:])
	return [2]code{a, b}
}

// extra is a base to which so many bits are added.
type extra struct {
	base int
	bits uint
}

// repeats are symbols 16 to 18 of the code of lengths (§3.2.7).
var repeats = [...]extra{{3, 2}, {3, 3}, {11, 7}}

// lengthOrder is the order in which their lengths come.
var lengthOrder = [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// lengthCodes are symbols 257 to 285 (§3.2.5).
var lengthCodes = [...]extra{{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 1}, {13, 1}, {15, 1}, {17, 1},
	{19, 2}, {23, 2}, {27, 2}, {31, 2}, {35, 3}, {43, 3}, {51, 3}, {59, 3}, {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5},
	{195, 5}, {227, 5}, {258, 0}}

// distanceCodes are the 30 distances (§3.2.5).
var distanceCodes = [...]extra{{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 1}, {7, 1}, {9, 2}, {13, 2}, {17, 3}, {25, 3}, {33, 4}, {49, 4},
	{65, 5}, {97, 5}, {129, 6}, {193, 6}, {257, 7}, {385, 7}, {513, 8}, {769, 8}, {1025, 9}, {1537, 9}, {2049, 10}, {3073, 10},
	{4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}}
