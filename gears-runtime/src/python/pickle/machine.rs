//! The machine that a pickle is a program for.

use std::{borrow::Cow, collections::HashMap};

use super::{
    NEWEST,
    class::{Class, Made, foreign},
    integer,
    object::{Object, Objects, Place},
    source::Source,
    text,
    unreadable::Unreadable,
};

type Step = Result<(), Unreadable>;

/// Runs a pickle.
pub(super) struct Machine<'a> {
    source: Source<'a>,
    objects: Objects<'a>,
    stack: Vec<Place>,
    /// How high the stack was at each mark.
    marks: Vec<usize>,
    memo: HashMap<u32, Place>,
}

impl<'a> Machine<'a> {
    /// Runs a pickle to its end; returns its objects, and the one that is the result.
    pub(super) fn run(bytes: &'a [u8]) -> Result<(Objects<'a>, Place), Unreadable> {
        let mut machine = Self {
            source: Source::new(bytes),
            objects: Objects::new(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: HashMap::new(),
        };
        loop {
            match machine.source.byte()? {
                b'.' => break,
                code => machine.step(code)?,
            }
        }
        let top = machine.pop()?;
        if machine.source.left() > 0 {
            return Err(machine.source.torn());
        }
        Ok((machine.objects, top))
    }

    fn step(&mut self, code: u8) -> Step {
        match code {
            0x80 if self.source.byte()? <= NEWEST => Ok(()),
            // A frame: how much could be read ahead.
            0x95 => {
                let length = u64::from_le_bytes(self.source.array()?);
                let there =
                    usize::try_from(length).is_ok_and(|length| length <= self.source.left());
                there.then_some(()).ok_or_else(|| self.source.torn())
            }
            b'(' => {
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' if self.marks.last() == Some(&self.stack.len()) => {
                self.marks.pop();
                Ok(())
            }
            b'0' => self.pop().map(drop),
            b'1' => self.pop_to_mark().map(drop),
            b'2' => {
                let top = self.top()?;
                self.stack.push(top);
                Ok(())
            }
            b'p' | b'q' | b'r' | 0x94 | b'g' | b'h' | b'j' => self.remember(code),
            b'R' | 0x81 | 0x92 | b'i' | b'o' | b'b' | b'c' | 0x93 => self.construct(code),
            b'a' | b'e' | b's' | b'u' | 0x90 => self.fill(code),
            b']' | b'}' | b')' | 0x8f | b'l' | b'd' | b't' | 0x85..=0x87 | 0x91 => {
                self.collect(code)
            }
            b'P' | b'Q' => Err(Unreadable::foreign("a persistent id")),
            0x82..=0x84 => Err(Unreadable::foreign("an extension of copyreg")),
            0x97 | 0x98 => Err(Unreadable::foreign("a buffer out of band")),
            _ => self.scalar(code),
        }
    }

    /// Pushes a number, a text or the like.
    fn scalar(&mut self, code: u8) -> Step {
        let source = &mut self.source;
        let object = match code {
            b'N' => return self.push_there(Place::NONE),
            0x88 => return self.push_there(Place::TRUE),
            0x89 => return self.push_there(Place::FALSE),
            b'I' => match source.text_line()? {
                "00" => return self.push_there(Place::FALSE),
                "01" => return self.push_there(Place::TRUE),
                digits => integer::of_digits(digits),
            },
            b'L' => integer::of_digits(source.text_line()?.trim_end_matches('L')),
            b'J' => Some(Object::Int(i32::from_le_bytes(source.array()?).into())),
            b'K' => Some(Object::Int(source.byte()?.into())),
            b'M' => Some(Object::Int(u16::from_le_bytes(source.array()?).into())),
            0x8a => Some(integer::of_bytes(source.counted::<1>()?)?),
            0x8b => Some(integer::of_bytes(source.counted::<4>()?)?),
            b'F' => source.text_line()?.parse().ok().map(Object::Float),
            b'G' => Some(Object::Float(f64::from_be_bytes(source.array()?))),
            b'S' => text::of_repr(source.text_line()?),
            b'T' => Some(text::of_old(source.counted::<4>()?)),
            b'U' => Some(text::of_old(source.counted::<1>()?)),
            b'V' => text::of_escapes(source.line()?).map(|text| Object::Text(Cow::Owned(text))),
            b'X' => utf8(source.counted::<4>()?),
            0x8c => utf8(source.counted::<1>()?),
            0x8d => utf8(source.counted::<8>()?),
            b'B' => Some(Object::Bytes(source.counted::<4>()?.into())),
            b'C' => Some(Object::Bytes(source.counted::<1>()?.into())),
            0x8e | 0x96 => Some(Object::Bytes(source.counted::<8>()?.into())),
            _ => None,
        };
        let object = object.ok_or_else(|| self.source.torn())?;
        self.push(object)
    }

    /// Notes an object under a number, or fetches one.
    fn remember(&mut self, code: u8) -> Step {
        let number = match code {
            b'p' | b'g' => self.source.number_line()?,
            b'q' | b'h' => self.source.byte()?.into(),
            b'r' | b'j' => u32::from_le_bytes(self.source.array()?),
            _ => u32::try_from(self.memo.len()).map_err(|_| self.source.torn())?,
        };
        match code {
            b'g' | b'h' | b'j' => {
                let there = self.memo.get(&number).copied();
                self.push_there(there.ok_or_else(|| self.source.torn())?)
            }
            _ => {
                let top = self.top()?;
                self.memo.insert(number, top);
                Ok(())
            }
        }
    }

    /// Pushes a collection, of what is on the stack.
    fn collect(&mut self, code: u8) -> Step {
        let object = match code {
            b']' => Object::List(Vec::new()),
            b'}' => Object::Dict(Vec::new()),
            b')' => Object::Tuple(Vec::new()),
            0x8f => Object::Set(Vec::new()),
            b'l' => Object::List(self.pop_to_mark()?),
            b'd' => Object::Dict(self.pop_pairs()?),
            b't' => Object::Tuple(self.pop_to_mark()?),
            0x91 => Object::Set(self.pop_to_mark()?),
            code => {
                let mut items = Vec::new();
                for _ in 0x85..=code {
                    items.push(self.pop()?);
                }
                items.reverse();
                Object::Tuple(items)
            }
        };
        self.push(object)
    }

    /// Adds what is on the stack to the collection below.
    fn fill(&mut self, code: u8) -> Step {
        match code {
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.add_pairs(vec![(key, value)])
            }
            b'u' => {
                let pairs = self.pop_pairs()?;
                self.add_pairs(pairs)
            }
            code => {
                let items = match code {
                    b'a' => vec![self.pop()?],
                    _ => self.pop_to_mark()?,
                };
                let below = self.top()?;
                match (code, self.objects.at_mut(below)) {
                    (b'a' | b'e', Object::List(list)) | (0x90, Object::Set(list)) => {
                        list.extend(items);
                        Ok(())
                    }
                    _ => Err(self.source.torn()),
                }
            }
        }
    }

    fn add_pairs(&mut self, pairs: Vec<(Place, Place)>) -> Step {
        let below = self.top()?;
        match self.objects.at_mut(below) {
            Object::Dict(dict) => {
                dict.extend(pairs);
                Ok(())
            }
            _ => Err(self.source.torn()),
        }
    }

    /// Names a class or function, or makes what it would make.
    fn construct(&mut self, code: u8) -> Step {
        match code {
            b'c' => {
                let (module, name) = (self.source.text_line()?, self.source.text_line()?);
                self.push(Object::Name(module.into(), name.into()))
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.objects.at(module), self.objects.at(name)) {
                    // Names are short, or hostile: a long one is not repeated.
                    (Object::Text(module), Object::Text(name))
                        if module.len() + name.len() < 512 =>
                    {
                        let named = Object::Name(module.clone(), name.clone());
                        self.push(named)
                    }
                    _ => Err(self.source.torn()),
                }
            }
            b'b' => {
                let state = self.pop()?;
                let below = self.top()?;
                match self.objects.at_mut(below) {
                    Object::Record(states) => {
                        states.push(state);
                        Ok(())
                    }
                    _ => Err(Unreadable::foreign("an object with a state")),
                }
            }
            b'i' => {
                let (module, name) = (self.source.text_line()?, self.source.text_line()?);
                let arguments = self.pop_to_mark()?;
                let class = self.objects.add(Object::Name(module.into(), name.into()))?;
                self.make(class, &arguments)
            }
            b'o' => {
                let all = self.pop_to_mark()?;
                let (&class, arguments) = all.split_first().ok_or_else(|| self.source.torn())?;
                self.make(class, arguments)
            }
            code => {
                if code == 0x92 {
                    let keywords = self.pop()?;
                    if !matches!(self.objects.at(keywords), Object::Dict(words) if words.is_empty())
                    {
                        return Err(Unreadable::foreign("an object made by keywords"));
                    }
                }
                let (arguments, class) = (self.pop()?, self.pop()?);
                match self.objects.at(arguments) {
                    // So many arguments are those of nothing that is known.
                    Object::Tuple(places) if places.len() < 4 => {
                        let places = places.clone();
                        self.make(class, &places)
                    }
                    Object::Tuple(_) => Err(foreign(class, &[], &self.objects)),
                    _ => Err(self.source.torn()),
                }
            }
        }
    }

    fn make(&mut self, class: Place, arguments: &[Place]) -> Step {
        let known = Class::at(class, &self.objects);
        match known.and_then(|class| class.made(arguments, &self.objects)) {
            Some(Made::New(object)) => self.push(object),
            Some(Made::There(place)) => self.push_there(place),
            None => Err(foreign(class, arguments, &self.objects)),
        }
    }

    fn push(&mut self, object: Object<'a>) -> Step {
        let place = self.objects.add(object)?;
        self.push_there(place)
    }

    fn push_there(&mut self, place: Place) -> Step {
        self.stack.push(place);
        Ok(())
    }

    /// Returns the object on top, above the last mark.
    fn top(&self) -> Result<Place, Unreadable> {
        let floor = self.marks.last().copied().unwrap_or(0);
        let above = self.stack.get(floor..).unwrap_or_default();
        above.last().copied().ok_or_else(|| self.source.torn())
    }

    fn pop(&mut self) -> Result<Place, Unreadable> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<Place>, Unreadable> {
        let mark = self.marks.pop().ok_or_else(|| self.source.torn())?;
        // Not split off: what is split off at the bottom takes the room of the whole stack along.
        Ok(self.stack.drain(mark..).collect())
    }

    fn pop_pairs(&mut self) -> Result<Vec<(Place, Place)>, Unreadable> {
        let items = self.pop_to_mark()?;
        let pairs = items.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return Err(self.source.torn());
        }
        Ok(pairs.map(|pair| (pair[0], pair[1])).collect())
    }
}

fn utf8(bytes: &[u8]) -> Option<Object<'_>> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(Object::Text(Cow::Borrowed(text)))
}
