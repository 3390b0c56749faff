//! The words of a JSON text: strings, numbers and what stands between them.
//!
//! What is accepted is exactly what `serde_json` accepts; a property test holds the two together.

use super::scan::{Refusal, Scanned};

/// Longest spelling of a whole number that certainly has 64 bits.
const SURELY_64_BITS: usize = 18;
/// Shortest spelling of a number without an exponent that may be beyond a double's range.
const MAYBE_INFINITE: usize = 300;

/// Bytes of a string that are copied at once: most are shorter.
pub(super) const AT_ONCE: usize = 32;

/// What kind of number was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// Whole, and 64 bits are enough.
    Int,
    /// Whole, and 64 bits are not enough.
    Big,
    /// With a fraction or an exponent, or a negative zero.
    Float,
}

/// What is left of a text. The end of a line is nothing that a value may go on after.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    rest: &'a [u8],
}

/// The beginning of some bytes. It is known what follows it, because it is quicker to copy too many
/// bytes than to count them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    source: &'a [u8],
    length: usize,
}

impl<'a> Head<'a> {
    #[inline(always)]
    pub(super) fn bytes(self) -> &'a [u8] {
        self.source.get(..self.length).unwrap_or_default()
    }

    pub(super) fn length(self) -> usize {
        self.length
    }

    /// Adds it to others.
    #[inline(always)]
    pub(super) fn copy_to(self, out: &mut Vec<u8>) {
        match self.source.first_chunk::<AT_ONCE>() {
            Some(chunk) if self.length <= chunk.len() => {
                let end = out.len() + self.length;
                out.extend_from_slice(chunk);
                out.truncate(end);
            }
            _ => out.extend_from_slice(self.bytes()),
        }
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Passes over so many bytes, which are there.
    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// The byte that follows the white space.
    #[inline(always)]
    pub(super) fn peek(&mut self) -> Scanned<u8> {
        match self.rest.first() {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.peek_after_space(),
        }
    }

    #[cold]
    fn peek_after_space(&mut self) -> Scanned<u8> {
        loop {
            match self.rest {
                [b' ' | b'\t' | b'\r', rest @ ..] => self.rest = rest,
                [byte, ..] => return Ok(*byte),
                [] => return Err(Refusal::Wrong),
            }
        }
    }

    /// Whether nothing but white space is left of the line; its end is passed over then.
    #[inline]
    pub(super) fn ends_line(&mut self) -> bool {
        match self.peek() {
            Ok(b'\n') => {
                self.advance(1);
                true
            }
            Ok(_) => false,
            Err(_) => true,
        }
    }

    /// Takes this byte, after white space.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Scanned<()> {
        if self.peek()? != byte {
            return Err(Refusal::Wrong);
        }
        self.advance(1);
        Ok(())
    }

    /// Takes this byte, after white space, if it follows.
    #[inline]
    pub(super) fn takes(&mut self, byte: u8) -> Scanned<bool> {
        let follows = self.peek()? == byte;
        if follows {
            self.advance(1);
        }
        Ok(follows)
    }

    /// After a value in a list or an object: true when another follows, false at the end.
    #[inline(always)]
    pub(super) fn goes_on(&mut self, end: u8) -> Scanned<bool> {
        match self.peek()? {
            b',' => {
                self.advance(1);
                Ok(true)
            }
            byte if byte == end => {
                self.advance(1);
                Ok(false)
            }
            _ => Err(Refusal::Wrong),
        }
    }

    /// Takes `null`, `true` or `false`.
    pub(super) fn literal(&mut self, word: &str) -> Scanned<()> {
        self.rest = self.rest.strip_prefix(word.as_bytes()).ok_or(Refusal::Wrong)?;
        Ok(())
    }

    /// Takes a string whose opening quote follows, unless it has escapes.
    #[inline(always)]
    pub(super) fn plain_string(&mut self) -> Scanned<Option<&'a [u8]>> {
        let body = self.rest.get(1..).ok_or(Refusal::Wrong)?;
        let (length, is_ascii) = plain_length(body);
        let (plain, rest) = body.split_at_checked(length).ok_or(Refusal::Wrong)?;
        if !is_ascii && std::str::from_utf8(plain).is_err() {
            return Err(Refusal::Wrong);
        }
        match rest {
            [b'"', rest @ ..] => {
                self.rest = rest;
                Ok(Some(plain))
            }
            [b'\\', ..] => Ok(None),
            // A control character, or the end of the line.
            _ => Err(Refusal::Wrong),
        }
    }

    /// Takes a string whose opening quote follows. One without escapes is given as it stands, one
    /// with escapes is written to `decoded`.
    #[inline(always)]
    pub(super) fn string<'s>(&mut self, decoded: &'s mut Vec<u8>) -> Scanned<Head<'s>>
    where
        'a: 's,
    {
        let source = self.rest.get(1..).unwrap_or_default();
        if let Some(plain) = self.plain_string()? {
            return Ok(Head { source, length: plain.len() });
        }
        self.decode_string(decoded)?;
        Ok(Head { source: decoded, length: decoded.len() })
    }

    #[cold]
    fn decode_string(&mut self, decoded: &mut Vec<u8>) -> Scanned<()> {
        decoded.clear();
        self.rest = decode(self.rest.get(1..).unwrap_or_default(), decoded)?;
        std::str::from_utf8(decoded).map(|_| ()).map_err(|_| Refusal::Wrong)
    }

    /// Takes a number as it is spelled.
    #[inline]
    pub(super) fn number(&mut self) -> Scanned<(&'a [u8], Number)> {
        let unsigned = self.rest.strip_prefix(b"-").unwrap_or(self.rest);
        let whole = digits(unsigned);
        if whole == 0 || (whole > 1 && unsigned.first() == Some(&b'0')) {
            return Err(Refusal::Wrong);
        }
        let mut length = self.rest.len() - unsigned.len() + whole;
        let (mut is_float, mut may_be_infinite) = (false, whole >= MAYBE_INFINITE);
        if self.rest.get(length) == Some(&b'.') {
            let fraction = digits(self.rest.get(length + 1..).unwrap_or_default());
            if fraction == 0 {
                return Err(Refusal::Wrong);
            }
            length += 1 + fraction;
            is_float = true;
        }
        if let Some(b'e' | b'E') = self.rest.get(length) {
            length += 1;
            if let Some(b'+' | b'-') = self.rest.get(length) {
                length += 1;
            }
            let exponent = digits(self.rest.get(length..).unwrap_or_default());
            if exponent == 0 {
                return Err(Refusal::Wrong);
            }
            length += exponent;
            (is_float, may_be_infinite) = (true, true);
        }
        let (spelled, rest) = self.rest.split_at_checked(length).ok_or(Refusal::Wrong)?;
        if may_be_infinite && !parsed::<f64>(spelled).is_some_and(f64::is_finite) {
            return Err(Refusal::Wrong);
        }
        self.rest = rest;
        let kind = if is_float || spelled == b"-0" {
            Number::Float
        } else if whole <= SURELY_64_BITS || parsed::<i64>(spelled).is_some() {
            Number::Int
        } else {
            Number::Big
        };
        Ok((spelled, kind))
    }
}

fn parsed<T: std::str::FromStr>(spelled: &[u8]) -> Option<T> {
    std::str::from_utf8(spelled).ok()?.parse().ok()
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// How many bytes there are before a quote, a backslash or a control character, and whether they
/// are surely ASCII: eight at a time.
#[inline]
fn plain_length(bytes: &[u8]) -> (usize, bool) {
    let (words, rest) = bytes.as_chunks::<8>();
    let (mut length, mut seen) = (0, 0);
    for word in words {
        let word = u64::from_le_bytes(*word);
        seen |= word;
        let found = ends(word);
        if found != 0 {
            // Bytes after the end may be others: then it is looked at more closely in vain.
            return (length + found.trailing_zeros() as usize / 8, seen & TOPS == 0);
        }
        length += 8;
    }
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | ..b' ');
    let plain = rest.iter().take_while(is_plain);
    (length + plain.count(), seen & TOPS == 0 && rest.is_ascii())
}

const ONES: u64 = 0x0101_0101_0101_0101;
const TOPS: u64 = 0x8080_8080_8080_8080;

/// The upper bit of the first byte that ends a plain text, and perhaps of bytes after it.
#[inline]
fn ends(word: u64) -> u64 {
    let zero_bytes = |word: u64| word.wrapping_sub(ONES) & !word;
    let quotes = zero_bytes(word ^ (ONES * b'"' as u64));
    let backslashes = zero_bytes(word ^ (ONES * b'\\' as u64));
    let controls = word.wrapping_sub(ONES * b' ' as u64) & !word;
    (quotes | backslashes | controls) & TOPS
}

/// Decodes a string after its opening quote; what follows its closing one.
#[cold]
fn decode<'a>(mut rest: &'a [u8], decoded: &mut Vec<u8>) -> Scanned<&'a [u8]> {
    loop {
        match rest {
            [b'"', after @ ..] => return Ok(after),
            [b'\\', b'u', after @ ..] => {
                let (unit, after) = hex(after)?;
                rest = match char::from_u32(unit) {
                    Some(char) => {
                        put_char(decoded, char);
                        after
                    }
                    None => surrogates(unit, after, decoded)?,
                };
            }
            [b'\\', escaped, after @ ..] => {
                decoded.push(match escaped {
                    b'"' | b'\\' | b'/' => *escaped,
                    b'b' => 0x08,
                    b'f' => 0x0c,
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    _ => return Err(Refusal::Wrong),
                });
                rest = after;
            }
            // A control character, or the end of the line.
            [..b' ', ..] | [] | [b'\\'] => return Err(Refusal::Wrong),
            _ => {
                let (plain, after) = rest.split_at(plain_length(rest).0);
                decoded.extend_from_slice(plain);
                rest = after;
            }
        }
    }
}

/// Decodes the second half of a pair, of which the first was read.
fn surrogates<'a>(first: u32, after: &'a [u8], decoded: &mut Vec<u8>) -> Scanned<&'a [u8]> {
    let (second, after) = match after {
        [b'\\', b'u', after @ ..] => hex(after)?,
        _ => return Err(Refusal::Wrong),
    };
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return Err(Refusal::Wrong);
    }
    let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
    put_char(decoded, char::from_u32(code).ok_or(Refusal::Wrong)?);
    Ok(after)
}

fn hex(bytes: &[u8]) -> Scanned<(u32, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(4).ok_or(Refusal::Wrong)?;
    let mut number = 0;
    for digit in digits {
        number = number << 4 | char::from(*digit).to_digit(16).ok_or(Refusal::Wrong)?;
    }
    Ok((number, rest))
}

fn put_char(decoded: &mut Vec<u8>, char: char) {
    decoded.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}
