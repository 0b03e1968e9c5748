//! Runs the opcodes of a pickle, as far as they describe data.
//!
//! Source: Python's `pickletools`, protocols 0 to 5.

use std::collections::BTreeMap;
use std::ops::Range;

use super::memory::Memory;
use super::numpy;
use super::parts::{long, pairs};
use super::text::Form;
use super::torch;
use super::value::{Dialect, Global, Id, Stretch, Value};
use crate::limits;

/// Pushes that a pickle may make: lists of labels have a million entries, and each costs up to 40 bytes here.
const MAX_PUSHES: usize = 1 << 24;
const PUSH: u64 = 40;

/// The state between two opcodes.
struct Machine<'a> {
    memory: Memory<'a>,
    at: usize,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: BTreeMap<u32, Id>,
    n_pushes: usize,
}

/// What was read of a pickle.
pub(super) struct Outcome {
    pub(super) values: Vec<Value>,
    /// Which of them is the whole.
    pub(super) root: Id,
    /// The byte behind it.
    pub(super) end: usize,
}

/// Reads the pickle that begins at byte `start`.
///
/// # Errors
/// Fails with what was found, and where.
pub(super) fn run(bytes: &[u8], start: usize, dialect: Dialect) -> Result<Outcome, String> {
    let mut machine = Machine {
        memory: Memory {
            bytes,
            dialect,
            values: Vec::new(),
        },
        at: start.min(bytes.len()),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: BTreeMap::new(),
        n_pushes: 0,
    };
    loop {
        let place = machine.at;
        match machine.step() {
            Ok(None) => {}
            Ok(Some(root)) => {
                return Ok(Outcome {
                    values: machine.memory.values,
                    root,
                    end: machine.at,
                });
            }
            Err(what) => return Err(format!("{what} at byte {place}")),
        }
    }
}

type Done = Result<Option<Id>, String>;

impl Machine<'_> {
    /// One opcode; the whole if it was the last.
    fn step(&mut self) -> Done {
        let [opcode] = self.fixed()?;
        match opcode {
            b'.' => return self.pop().map(Some),
            0x80 => self.protocol()?,
            0x95 => self.skip(8)?,
            b'(' => {
                self.count()?;
                self.marks.push(self.stack.len());
            }
            b'0' => self.discard()?,
            b'1' => drop(self.above_mark()?),
            b'2' => {
                let top = self.top()?;
                self.push_id(top)?;
            }
            b'N' => self.push(Value::None)?,
            0x88 | 0x89 => self.push(Value::Bool(opcode == 0x88))?,
            b'F' | b'G' | b'I' | b'J' | b'K' | b'L' | b'M' | 0x8a | 0x8b => {
                self.number(opcode)?;
            }
            b'S' | b'T' | b'U' | b'V' | b'X' | b'B' | b'C' | 0x8c..=0x8e | 0x96 => {
                self.string(opcode)?;
            }
            b')' | b't' | 0x85..=0x87 | b']' | b'l' | b'a' | b'e' | b'}' | b'd' | b's' | b'u' => {
                self.container(opcode)?;
            }
            b'g' | b'h' | b'j' | b'p' | b'q' | b'r' | 0x94 => self.memo(opcode)?,
            b'c' | 0x93 => self.global(opcode)?,
            b'R' => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let value = numpy::reduce(&self.memory, callable, arguments)?;
                // A few bytes can repeat a shape of many axes.
                self.n_pushes += value.n_parts();
                self.push(value)?;
            }
            b'b' => {
                let state = self.pop()?;
                let target = self.top()?;
                numpy::build(&mut self.memory, target, state)?;
            }
            b'i' | b'o' | 0x81 | 0x92 => {
                return Err("an object of some class, which was not made,".into());
            }
            b'Q' if self.memory.dialect == Dialect::Torch => {
                let id = self.pop()?;
                let storage = torch::storage(&self.memory, id)?;
                self.push(storage)?;
            }
            b'P' | b'Q' | 0x82..=0x84 | 0x97 | 0x98 => {
                return Err("a value that lies outside the file".into());
            }
            0x8f..=0x91 => return Err("a set".into()),
            _ => return Err(format!("{opcode:#04x}, which is no opcode,")),
        }
        Ok(None)
    }

    fn protocol(&mut self) -> Result<(), String> {
        match self.fixed()? {
            [0..=5] => Ok(()),
            [protocol] => Err(format!("protocol {protocol}")),
        }
    }

    fn number(&mut self, opcode: u8) -> Result<(), String> {
        let value = match opcode {
            b'G' => Value::Float(f64::from_be_bytes(self.fixed()?)),
            b'J' => Value::Int(i32::from_le_bytes(self.fixed()?).into()),
            b'K' => Value::Int(u8::from_le_bytes(self.fixed()?).into()),
            b'M' => Value::Int(u16::from_le_bytes(self.fixed()?).into()),
            0x8a | 0x8b => {
                let n = self.length(if opcode == 0x8a { 1 } else { 4 })?;
                let range = self.take(n)?;
                Value::Int(long(&self.memory.bytes[range])?)
            }
            _ => {
                let range = self.line()?;
                // 64 digits are more than any number here has.
                let line = self.memory.bytes[range]
                    .get(..)
                    .filter(|line| line.len() <= 64);
                let text = line.and_then(|line| std::str::from_utf8(line).ok());
                let text = text.ok_or("a number that is too long")?.trim();
                let refused = || format!("'{text}' as a number");
                match (opcode, text) {
                    (b'F', _) => Value::Float(text.parse().map_err(|_| refused())?),
                    (b'I', "00" | "01") => Value::Bool(text == "01"),
                    _ => {
                        let digits = text.strip_suffix('L').unwrap_or(text);
                        Value::Int(digits.parse().map_err(|_| refused())?)
                    }
                }
            }
        };
        self.push(value)
    }

    fn string(&mut self, opcode: u8) -> Result<(), String> {
        let (range, form) = match opcode {
            b'S' => (self.line()?, Form::Quoted),
            b'V' => (self.line()?, Form::Escaped),
            _ => {
                let width = match opcode {
                    b'U' | b'C' | 0x8c => 1,
                    b'T' | b'X' | b'B' => 4,
                    _ => 8,
                };
                let n = self.length(width)?;
                (self.take(n)?, Form::Plain)
            }
        };
        let stretch = Stretch { range, form };
        let is_text = matches!(opcode, b'V' | b'X' | 0x8c | 0x8d);
        self.push(if is_text {
            Value::Text(stretch)
        } else {
            Value::Bytes(stretch)
        })
    }

    fn container(&mut self, opcode: u8) -> Result<(), String> {
        match opcode {
            b')' => self.push(Value::Tuple(Vec::new())),
            b']' => self.push(Value::List(Vec::new())),
            b'}' => self.push(Value::Dict(Vec::new())),
            b't' => {
                let items = self.above_mark()?;
                self.push(Value::Tuple(items))
            }
            b'l' => {
                let items = self.above_mark()?;
                self.push(Value::List(items))
            }
            b'd' => {
                let items = self.above_mark()?;
                self.push(Value::Dict(pairs(&items)?))
            }
            0x85..=0x87 => {
                let items = self.last(usize::from(opcode - 0x84))?;
                self.push(Value::Tuple(items))
            }
            b'a' | b'e' => {
                let items = if opcode == b'a' {
                    self.last(1)
                } else {
                    self.above_mark()
                }?;
                match self.top_value()? {
                    Value::List(list) => list.extend(items),
                    _ => return Err("items of something that is no list".into()),
                }
                Ok(())
            }
            _ => {
                let items = if opcode == b's' {
                    self.last(2)
                } else {
                    self.above_mark()
                }?;
                let items = pairs(&items)?;
                match self.top_value()? {
                    Value::Dict(dict) => dict.extend(items),
                    _ => return Err("items of something that is no dictionary".into()),
                }
                Ok(())
            }
        }
    }

    fn memo(&mut self, opcode: u8) -> Result<(), String> {
        let place = match opcode {
            0x94 => self.memo.len() as u32,
            b'h' | b'q' => u8::from_le_bytes(self.fixed()?).into(),
            b'j' | b'r' => u32::from_le_bytes(self.fixed()?),
            _ => {
                let range = self.line()?;
                let text = std::str::from_utf8(&self.memory.bytes[range]).ok();
                let place = text.and_then(|text| text.trim().parse().ok());
                place.ok_or("a memo without a number")?
            }
        };
        if matches!(opcode, b'g' | b'h' | b'j') {
            let id = self.memo.get(&place).copied();
            return self.push_id(id.ok_or_else(|| format!("memo {place}, which is empty,"))?);
        }
        self.count()?;
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn global(&mut self, opcode: u8) -> Result<(), String> {
        let (module, name) = if opcode == b'c' {
            (self.line()?, self.line()?)
        } else {
            let (name, module) = (self.pop()?, self.pop()?);
            (self.plain(module)?, self.plain(name)?)
        };
        let (module, name) = (&self.memory.bytes[module], &self.memory.bytes[name]);
        let global = Global::of(module, name, self.memory.dialect).ok_or_else(|| {
            let shown =
                |part: &[u8]| String::from_utf8_lossy(&part[..part.len().min(64)]).into_owned();
            format!(
                "'{}.{}', which is no data (nothing was run),",
                shown(module),
                shown(name)
            )
        })?;
        self.push(Value::Global(global))
    }

    /// The bytes of a text that is written as it is.
    fn plain(&self, id: Id) -> Result<Range<usize>, String> {
        match self.memory.value(id) {
            Value::Text(text) if text.form == Form::Plain => Ok(text.range.clone()),
            _ => Err("a name that is no text".into()),
        }
    }

    fn count(&mut self) -> Result<(), String> {
        self.n_pushes += 1;
        let most = MAX_PUSHES.min((limits::always() / PUSH) as usize);
        let fits = self.n_pushes <= most;
        fits.then_some(())
            .ok_or_else(|| format!("more than {most} values"))
    }

    fn push(&mut self, value: Value) -> Result<(), String> {
        let id = self.memory.values.len() as Id;
        self.memory.values.push(value);
        self.push_id(id)
    }

    fn push_id(&mut self, id: Id) -> Result<(), String> {
        self.count()?;
        self.stack.push(id);
        Ok(())
    }

    /// Where the part of the stack above the last mark begins.
    fn floor(&self) -> usize {
        self.marks.last().copied().unwrap_or(0)
    }

    fn pop(&mut self) -> Result<Id, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn top(&self) -> Result<Id, String> {
        let above = self.stack.get(self.floor()..).unwrap_or_default();
        Ok(*above.last().ok_or("an empty stack")?)
    }

    fn top_value(&mut self) -> Result<&mut Value, String> {
        let top = self.top()?;
        Ok(&mut self.memory.values[top as usize])
    }

    /// Drops the uppermost value, or the mark if it is uppermost.
    fn discard(&mut self) -> Result<(), String> {
        if self.stack.len() == self.floor() && self.marks.pop().is_some() {
            return Ok(());
        }
        self.pop().map(drop)
    }

    fn above_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().ok_or("no mark")?;
        Ok(self.stack.split_off(mark))
    }

    fn last(&mut self, n: usize) -> Result<Vec<Id>, String> {
        let from = self.stack.len().checked_sub(n);
        let from = from.filter(|&from| from >= self.floor());
        Ok(self.stack.split_off(from.ok_or("an empty stack")?))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let range = self.take(N)?;
        let word = self.memory.bytes[range].first_chunk().copied();
        word.ok_or_else(|| "the end of the file".into())
    }

    /// A length written in `width` bytes.
    fn length(&mut self, width: usize) -> Result<usize, String> {
        let mut word = [0; 8];
        let range = self.take(width)?;
        word[..width].copy_from_slice(&self.memory.bytes[range]);
        let length = u64::from_le_bytes(word);
        usize::try_from(length).map_err(|_| format!("a length of {length}"))
    }

    fn take(&mut self, n: usize) -> Result<Range<usize>, String> {
        let left = self.memory.bytes.len() - self.at;
        if n > left {
            return Err(format!("{left} of {n} bytes"));
        }
        self.at += n;
        Ok(self.at - n..self.at)
    }

    fn skip(&mut self, n: usize) -> Result<(), String> {
        self.take(n).map(drop)
    }

    /// The bytes up to the next line break, which is passed over.
    fn line(&mut self) -> Result<Range<usize>, String> {
        let rest = &self.memory.bytes[self.at..];
        let n = rest.iter().position(|&byte| byte == b'\n');
        let n = n.ok_or("a line without an end")?;
        let range = self.take(n)?;
        self.skip(1)?;
        Ok(range)
    }
}
