//! Values in the form in which profiles are stored: the tokens of their JSON, without what only
//! people need.
//!
//! A token is a byte with a kind in its upper three bits and a number in its lower five. Texts have
//! no escapes any more; numbers are spelled as in the document, so that nothing of them is lost.
//!
//! | kind | number | what follows |
//! |---|---|---|
//! | literal | null, false, true, or the end of a list | |
//! | number, text | its bytes; 31: how many are said by a varint that follows | the bytes |
//! | list | 0 | its elements and the end |
//! | object | 0 | for each member a varint, one more than its name's id, and the value; then a 0 |
//!
//! Names are in the dictionary of the block that the value is in. No object has a name twice.

use super::text::{AT_ONCE, Head};

/// One token; the members of a list or an object follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Token<'a> {
    Null,
    Bool(bool),
    /// As it was spelled.
    Number(&'a str),
    Text(&'a str),
    List,
    Object,
}

/// The stored profiles are not as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored profiles are damaged")]
pub(crate) struct Damaged;

const LITERAL: u8 = 0;
const NUMBER: u8 = 1 << 5;
const TEXT: u8 = 2 << 5;
const LIST: u8 = 3 << 5;
const OBJECT: u8 = 4 << 5;
const KIND: u8 = 7 << 5;

const NULL: u8 = LITERAL;
const FALSE: u8 = LITERAL | 1;
const TRUE: u8 = LITERAL | 2;
const END: u8 = LITERAL | 3;

/// The lower bits that stand for a length of its own.
const LONG: u8 = 31;

pub(super) fn put_null(out: &mut Vec<u8>) {
    out.push(NULL);
}

pub(super) fn put_bool(out: &mut Vec<u8>, value: bool) {
    out.push(if value { TRUE } else { FALSE });
}

pub(super) fn put_number(out: &mut Vec<u8>, spelled: &[u8]) {
    put_length(out, NUMBER, spelled.len());
    out.extend_from_slice(spelled);
}

#[inline(always)]
pub(super) fn put_text(out: &mut Vec<u8>, text: Head<'_>) {
    out.reserve(1 + AT_ONCE);
    put_length(out, TEXT, text.length());
    text.copy_to(out);
}

pub(super) fn begin_list(out: &mut Vec<u8>) {
    out.push(LIST);
}

pub(super) fn end_list(out: &mut Vec<u8>) {
    out.push(END);
}

pub(super) fn begin_object(out: &mut Vec<u8>) {
    out.push(OBJECT);
}

#[inline(always)]
pub(super) fn put_name(out: &mut Vec<u8>, id: u32) {
    if id < 0x7f {
        out.push(id as u8 + 1);
    } else {
        put_varint(out, u64::from(id) + 1);
    }
}

pub(super) fn end_object(out: &mut Vec<u8>) {
    out.push(0);
}

#[inline(always)]
fn put_length(out: &mut Vec<u8>, kind: u8, length: usize) {
    if length < usize::from(LONG) {
        out.push(kind | length as u8);
    } else {
        put_long(out, kind, length);
    }
}

#[inline(never)]
fn put_long(out: &mut Vec<u8>, kind: u8, length: usize) {
    out.push(kind | LONG);
    put_varint(out, length as u64);
}

/// Seven bits a byte, the lowest first; the upper bit says that more follow.
#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, mut number: u64) {
    while let high @ 1.. = number >> 7 {
        out.push(0x80 | (number & 0x7f) as u8);
        number = high;
    }
    out.push(number as u8);
}

/// Reads values; whatever the bytes are, it does not go past their end.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Tape<'a> {
    rest: &'a [u8],
}

impl<'a> Tape<'a> {
    pub(in crate::engine) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next token.
    #[inline]
    pub(in crate::engine) fn token(&mut self) -> Result<Token<'a>, Damaged> {
        let first = self.byte()?;
        match first & KIND {
            LITERAL => match first {
                NULL => Ok(Token::Null),
                FALSE => Ok(Token::Bool(false)),
                TRUE => Ok(Token::Bool(true)),
                _ => Err(Damaged),
            },
            NUMBER => Ok(Token::Number(self.text(first)?)),
            TEXT => Ok(Token::Text(self.text(first)?)),
            LIST => Ok(Token::List),
            OBJECT => Ok(Token::Object),
            _ => Err(Damaged),
        }
    }

    /// Takes the beginning of an object; nothing else may be here.
    pub(in crate::engine) fn object(&mut self) -> Result<(), Damaged> {
        if self.token()? == Token::Object { Ok(()) } else { Err(Damaged) }
    }

    /// Takes the beginning of a list; nothing else may be here.
    pub(in crate::engine) fn list(&mut self) -> Result<(), Damaged> {
        if self.token()? == Token::List { Ok(()) } else { Err(Damaged) }
    }

    /// Within a list: whether an element follows; the end is taken.
    #[inline]
    pub(in crate::engine) fn has_element(&mut self) -> Result<bool, Damaged> {
        match self.rest.split_first() {
            Some((&END, rest)) => {
                self.rest = rest;
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Err(Damaged),
        }
    }

    /// Within an object: the id of the next member's name, whose value follows.
    #[inline]
    pub(in crate::engine) fn name(&mut self) -> Result<Option<u32>, Damaged> {
        match self.varint()? {
            0 => Ok(None),
            number => u32::try_from(number - 1).map(Some).map_err(|_| Damaged),
        }
    }

    /// Passes over the value that follows, with everything in it.
    pub(in crate::engine) fn skip(&mut self) -> Result<(), Damaged> {
        // What is open, the innermost in the lowest bit: 1 for a list. No profile is deeper.
        let (mut open, mut depth) = (0_u128, 0);
        loop {
            let kind = self.head()?;
            if kind == LIST || kind == OBJECT {
                open = open << 1 | u128::from(kind == LIST);
                depth += 1;
            }
            // Up to where the next value begins, or out of everything.
            loop {
                let goes_on = match (depth, open & 1) {
                    (0, _) => return Ok(()),
                    (129.., _) => return Err(Damaged),
                    (_, 1) => self.has_element()?,
                    _ => self.name()?.is_some(),
                };
                if goes_on {
                    break;
                }
                open >>= 1;
                depth -= 1;
            }
        }
    }

    /// Whether the value that follows is an object or a list.
    pub(in crate::engine) fn is_at_container(&self) -> bool {
        matches!(self.rest.first().map(|first| first & KIND), Some(LIST | OBJECT))
    }

    /// Whether the value that follows is a list with something in it.
    pub(in crate::engine) fn is_at_filled_list(&self) -> bool {
        matches!(self.rest, [LIST, next, ..] if *next != END)
    }

    /// Passes over a token and gives its kind.
    fn head(&mut self) -> Result<u8, Damaged> {
        let first = self.byte()?;
        if matches!(first & KIND, NUMBER | TEXT) {
            self.bytes(first)?;
        }
        Ok(first & KIND)
    }

    #[inline]
    fn text(&mut self, first: u8) -> Result<&'a str, Damaged> {
        std::str::from_utf8(self.bytes(first)?).map_err(|_| Damaged)
    }

    #[inline]
    fn bytes(&mut self, first: u8) -> Result<&'a [u8], Damaged> {
        let length = match first & !KIND {
            LONG => self.length()?,
            short => usize::from(short),
        };
        self.take(length)
    }

    /// A number as [`put_varint`] writes it.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    /// A number of bytes or rows.
    pub(super) fn length(&mut self) -> Result<usize, Damaged> {
        usize::try_from(self.varint()?).map_err(|_| Damaged)
    }

    /// So many bytes as they are.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        Ok(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, Damaged> {
        let (&first, rest) = self.rest.split_first().ok_or(Damaged)?;
        self.rest = rest;
        Ok(first)
    }
}
