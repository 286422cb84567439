//! Python's pickle machine, cut down to what a dictionary of tensors takes.
//!
//! In: a program of protocol 2, as `torch.save` writes it. Out: where each tensor lies in which storage ([`View`]). The machine
//! knows the instructions and the names that such programs have (Python's `pickletools` describes the instructions,
//! `torch/_utils.py` the arguments of `_rebuild_tensor_v2`); it calls nothing. Values are numbers into its own lists, so a program
//! can make them neither deep nor circular, and the cost of an instruction is linear in its length.

use std::collections::{BTreeMap, HashMap};

use super::storage::{Kind, Storage, View};

/// Why a program is refused; whoever knows the file makes a sentence of it. Both texts lack their subject, the entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It breaks off or contradicts itself.
    Damaged(String),
    /// It asks for something else than tensors in a dictionary.
    NotPlain(String),
}

/// Result of a program.
pub(super) struct Contents<'a> {
    pub(super) tensors: BTreeMap<&'a str, View<'a>>,
    /// Every storage that was named, as often as it was.
    pub(super) storages: Vec<Storage<'a>>,
}

/// Runs a program.
pub(super) fn unpickle(program: &[u8]) -> Result<Contents<'_>, Fault> {
    let mut machine = Machine {
        rest: program,
        ..Machine::default()
    };
    while machine.step()? {}
    if !machine.rest.is_empty() {
        return damaged("goes on behind its end");
    }
    let root = machine.pop()?;
    let Value::Dictionary(root) = root else {
        return Err(Fault::NotPlain(format!("holds {} instead of a dictionary", root.kind())));
    };
    let mut tensors = BTreeMap::new();
    for (key, value) in std::mem::take(&mut machine.dictionaries[root]) {
        let Value::Text(name) = key else {
            return Err(Fault::NotPlain(format!("has {} as a name", key.kind())));
        };
        let Value::Tensor(view) = value else {
            return Err(Fault::NotPlain(format!(
                "has {} under the name {}",
                value.kind(),
                shown(name)
            )));
        };
        if tensors.insert(name, machine.views[view].clone()).is_some() {
            return damaged(format!("has the name {} twice", shown(name)));
        }
    }
    Ok(Contents {
        tensors,
        storages: machine.storages,
    })
}

/// A text out of a file, short and printable.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

fn damaged<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Damaged(what.into()))
}

/// A value on the stack. Those with parts are places in the machine's lists.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    None,
    Boolean,
    Integer(i64),
    Text(&'a str),
    Name(Name),
    Tuple(usize),
    Dictionary(usize),
    Storage(usize),
    Tensor(usize),
}

impl Value<'_> {
    fn kind(self) -> &'static str {
        match self {
            Value::None => "None",
            Value::Boolean => "a truth value",
            Value::Integer(_) => "a number",
            Value::Text(_) => "a text",
            Value::Name(_) => "a class",
            Value::Tuple(_) => "a tuple",
            Value::Dictionary(_) => "a dictionary",
            Value::Storage(_) => "a storage",
            Value::Tensor(_) => "a tensor",
        }
    }
}

/// The names of Python that a program may use.
#[derive(Clone, Copy, Debug)]
enum Name {
    OrderedDictionary,
    RebuildTensor,
    Storage(Kind),
}

#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value<'a>>,
    /// How high the stack was at each open mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Value<'a>>,
    tuples: Vec<Vec<Value<'a>>>,
    dictionaries: Vec<Vec<(Value<'a>, Value<'a>)>>,
    storages: Vec<Storage<'a>>,
    views: Vec<View<'a>>,
}

impl<'a> Machine<'a> {
    /// Carries out one instruction; false after the last one.
    fn step(&mut self) -> Result<bool, Fault> {
        let [instruction] = self.bytes()?;
        match instruction {
            // PROTO
            0x80 => match self.bytes()? {
                [2] => {}
                [protocol] => {
                    return Err(Fault::NotPlain(format!(
                        "was pickled with protocol {protocol} instead of 2, the default of torch.save"
                    )));
                }
            },
            b'c' => self.global()?,
            // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
            b'q' => {
                let [key] = self.bytes()?;
                self.remember(key.into())?;
            }
            b'r' => {
                let key = u32::from_le_bytes(self.bytes()?);
                self.remember(key)?;
            }
            b'h' => {
                let [key] = self.bytes()?;
                self.recall(key.into())?;
            }
            b'j' => {
                let key = u32::from_le_bytes(self.bytes()?);
                self.recall(key)?;
            }
            // NONE, NEWTRUE and NEWFALSE
            b'N' => self.stack.push(Value::None),
            0x88 | 0x89 => self.stack.push(Value::Boolean),
            // BININT, BININT1, BININT2, LONG1
            b'J' => {
                let number = i32::from_le_bytes(self.bytes()?);
                self.stack.push(Value::Integer(number.into()));
            }
            b'K' => {
                let [number] = self.bytes()?;
                self.stack.push(Value::Integer(number.into()));
            }
            b'M' => {
                let number = u16::from_le_bytes(self.bytes()?);
                self.stack.push(Value::Integer(number.into()));
            }
            0x8a => self.long()?,
            // BINUNICODE
            b'X' => {
                let length = u32::from_le_bytes(self.bytes()?);
                let text = self.take(length as usize)?;
                match str::from_utf8(text) {
                    Ok(text) => self.stack.push(Value::Text(text)),
                    Err(_) => return damaged("has a text that is not UTF-8"),
                }
            }
            b'(' => self.marks.push(self.stack.len()),
            // EMPTY_TUPLE, TUPLE, TUPLE1 to TUPLE3
            b')' => self.tuple(Vec::new()),
            b't' => {
                let values = self.pop_to_mark()?;
                self.tuple(values);
            }
            0x85..=0x87 => {
                let mut values = Vec::new();
                for _ in 0x85..=instruction {
                    values.push(self.pop()?);
                }
                values.reverse();
                self.tuple(values);
            }
            b'}' => self.dictionary(),
            // SETITEM, SETITEMS
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set(&[key, value])?;
            }
            b'u' => {
                let pairs = self.pop_to_mark()?;
                self.set(&pairs)?;
            }
            // BUILD: of the attributes of a dictionary (`_metadata`) none has to do with tensors.
            b'b' => {
                self.pop()?;
                let object = self.pop()?;
                if !matches!(object, Value::Dictionary(_)) {
                    return Err(Fault::NotPlain(format!("gives attributes to {}", object.kind())));
                }
                self.stack.push(object);
            }
            b'Q' => self.storage()?,
            b'R' => self.reduce()?,
            b'.' => return Ok(false),
            other => {
                return Err(Fault::NotPlain(format!(
                    "has the instruction 0x{other:02x}, which tensors in a dictionary do not take"
                )));
            }
        }
        Ok(true)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(taken)
            }
            None => damaged("breaks off"),
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        match self.rest.split_first_chunk() {
            Some((taken, rest)) => {
                self.rest = rest;
                Ok(*taken)
            }
            None => damaged("breaks off"),
        }
    }

    fn line(&mut self) -> Result<&'a str, Fault> {
        let Some(end) = memchr::memchr(b'\n', self.rest) else {
            return damaged("breaks off");
        };
        let line = self.take(end)?;
        self.take(1)?;
        match str::from_utf8(line) {
            Ok(line) => Ok(line),
            Err(_) => damaged("has a name that is not UTF-8"),
        }
    }

    fn pop(&mut self) -> Result<Value<'a>, Fault> {
        let floor = self.marks.last().copied().unwrap_or(0);
        match self.stack.pop() {
            Some(value) if self.stack.len() >= floor => Ok(value),
            _ => damaged("takes more values than there are"),
        }
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Value<'a>>, Fault> {
        match self.marks.pop() {
            Some(mark) => Ok(self.stack.split_off(mark.min(self.stack.len()))),
            None => damaged("takes more values than there are"),
        }
    }

    fn remember(&mut self, key: u32) -> Result<(), Fault> {
        let value = self.pop()?;
        self.memo.insert(key, value);
        self.stack.push(value);
        Ok(())
    }

    fn recall(&mut self, key: u32) -> Result<(), Fault> {
        match self.memo.get(&key) {
            Some(&value) => self.stack.push(value),
            None => return damaged(format!("recalls the value {key}, which it never kept")),
        }
        Ok(())
    }

    fn tuple(&mut self, values: Vec<Value<'a>>) {
        self.stack.push(Value::Tuple(self.tuples.len()));
        self.tuples.push(values);
    }

    fn dictionary(&mut self) {
        self.stack.push(Value::Dictionary(self.dictionaries.len()));
        self.dictionaries.push(Vec::new());
    }

    /// An integer of any length, of which those up to eight bytes are what sizes take.
    fn long(&mut self) -> Result<(), Fault> {
        let [length] = self.bytes()?;
        let bytes = self.take(length.into())?;
        if bytes.len() > 8 {
            return Err(Fault::NotPlain(format!("has an integer of {length} bytes")));
        }
        // The sign of the last byte is that of the number.
        let fill = if bytes.last().is_some_and(|&last| last >= 0x80) {
            0xff
        } else {
            0
        };
        let mut whole = [fill; 8];
        whole[..bytes.len()].copy_from_slice(bytes);
        self.stack.push(Value::Integer(i64::from_le_bytes(whole)));
        Ok(())
    }

    fn global(&mut self) -> Result<(), Fault> {
        let (module, name) = (self.line()?, self.line()?);
        let known = match (module, name) {
            ("collections", "OrderedDict") => Some(Name::OrderedDictionary),
            ("torch._utils", "_rebuild_tensor_v2") => Some(Name::RebuildTensor),
            ("torch", class) => Kind::of_class(class).map(Name::Storage),
            _ => None,
        };
        match known {
            Some(known) => self.stack.push(Value::Name(known)),
            None => return Err(Fault::NotPlain(format!("asks for {}.{}", shown(module), shown(name)))),
        }
        Ok(())
    }

    fn set(&mut self, pairs: &[Value<'a>]) -> Result<(), Fault> {
        let target = self.pop()?;
        let dictionary = match target {
            Value::Dictionary(dictionary) => self.dictionaries.get_mut(dictionary),
            _ => None,
        };
        let (Some(dictionary), (pairs, [])) = (dictionary, pairs.as_chunks::<2>()) else {
            return damaged("sets something that is no entry of a dictionary");
        };
        dictionary.extend(pairs.iter().map(|&[key, value]| (key, value)));
        self.stack.push(target);
        Ok(())
    }

    fn parts(&self, value: Value<'a>) -> Option<&[Value<'a>]> {
        match value {
            Value::Tuple(tuple) => self.tuples.get(tuple).map(Vec::as_slice),
            _ => None,
        }
    }

    /// `("storage", class, key, place it was computed at, count)`.
    fn storage(&mut self) -> Result<(), Fault> {
        let id = self.pop()?;
        let storage = match self.parts(id) {
            Some(
                &[
                    Value::Text("storage"),
                    Value::Name(Name::Storage(kind)),
                    Value::Text(key),
                    Value::Text(_),
                    Value::Integer(count),
                ],
            ) => u64::try_from(count).ok().map(|count| Storage { key, kind, count }),
            _ => None,
        };
        let Some(storage) = storage else {
            return damaged("names a storage in a way that is not known");
        };
        self.stack.push(Value::Storage(self.storages.len()));
        self.storages.push(storage);
        Ok(())
    }

    fn reduce(&mut self) -> Result<(), Fault> {
        let (arguments, name) = (self.pop()?, self.pop()?);
        match (name, self.parts(arguments)) {
            (Value::Name(Name::OrderedDictionary), Some([])) => self.dictionary(),
            // Whether it takes part in training and what hooks into it do not matter, nor does what may come behind.
            (Value::Name(Name::RebuildTensor), Some(&[Value::Storage(storage), offset, shape, strides, ..])) => {
                let view = self.view(storage, offset, shape, strides)?;
                self.stack.push(Value::Tensor(self.views.len()));
                self.views.push(view);
            }
            (name, _) => return damaged(format!("calls {} with arguments that it does not take", name.kind())),
        }
        Ok(())
    }

    fn view(&self, storage: usize, offset: Value<'a>, shape: Value<'a>, strides: Value<'a>) -> Result<View<'a>, Fault> {
        let number = |value: &Value<'a>| match *value {
            Value::Integer(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let list = |value| self.parts(value)?.iter().map(number).collect::<Option<Vec<usize>>>();
        let (Some(&storage), Some(offset), Some(shape), Some(strides)) =
            (self.storages.get(storage), number(&offset), list(shape), list(strides))
        else {
            return damaged("has a tensor whose place or shape is no number");
        };
        View::new(storage, offset, shape, strides).or_else(damaged)
    }
}
