/** The polynomial of gzip's CRC, with the coefficient of x⁰ in the highest bit (RFC 1952, 8). */
const polynomial = 0xedb88320;

/** x⁰, and x¹ in the bit below. */
const one = 0x80000000;

/** Multiplies two polynomials modulo that of the CRC. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = one; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= b;
    b = b & 1 ? (b >>> 1) ^ polynomial : b >>> 1;
  }
  return product;
}

/** x to the power of 2ⁿ, for n from 0 to 31. After that, they repeat. */
const powers = Array.from({ length: 32 }, () => 0);
for (let n = 0, power = one >>> 1; n < powers.length; n++) {
  powers[n] = power;
  power = multiply(power, power);
}

/** The power of two of the bits in a byte. */
const bitsOfByte = 3;

/**
 * Returns the part that a CRC has in the CRC of longer data, after `bytes` more bytes. With it, the
 * CRC of A and B together is `shiftCrc(crcOfA, lengthOfB) ^ crcOfB`.
 */
export function shiftCrc(crc: number, bytes: number): number {
  let shifted = crc;
  for (let n = bitsOfByte, rest = bytes; rest > 0; n++) {
    if (rest % 2 === 1) shifted = multiply(powers[n % powers.length] as number, shifted);
    rest = Math.floor(rest / 2);
  }
  return shifted;
}
