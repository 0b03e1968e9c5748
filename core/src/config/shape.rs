//! The parameters that a type has, found out by letting it be read from a text that says yes to everything.
//!
//! A type asks its deserializer for what it is made of. This deserializer notes what it is asked for, and answers with a
//! value that fits. A type with enums is read once for each of their variants.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ron::Error;
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::found::Name;
use super::places::capability_of;
use crate::registry::Capability;

/// What a parameter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number without a fraction.
    Whole,
    /// A number with or without a fraction.
    Real,
    /// True or false.
    Switch,
    /// A text.
    Text,
    /// One of several names: the enum's, then those of its variants.
    Choice(&'static str, &'static [&'static str]),
    /// A plugin of this capability.
    Plugin(Capability),
    /// A struct or list of further parameters.
    Group,
}

/// A parameter: its name and what values it takes.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: Name,
    /// Its kind; several where a list holds pairs.
    pub(super) kinds: Vec<Kind>,
    /// Whether it may be left out as `None`.
    pub(super) optional: bool,
    /// Whether it is a list.
    pub(super) many: bool,
}

/// All parameters of a type, nested ones behind those that hold them.
pub(super) fn fields<T: DeserializeOwned>() -> Result<Vec<Field>, Error> {
    let mut all: Vec<Field> = Vec::new();
    let mut todo = vec![BTreeMap::new()];
    while let Some(choices) = todo.pop() {
        let trace = RefCell::new(Trace {
            choices: choices.clone(),
            ..Trace::default()
        });
        T::deserialize(Asked { trace: &trace })?;
        for field in trace.into_inner().fields {
            let Some(known) = all
                .iter_mut()
                .find(|known| known.name.path == field.name.path)
            else {
                todo.extend(variants(&field, &choices));
                all.push(field);
                continue;
            };
            known.optional |= field.optional;
        }
    }
    let order: Vec<String> = all.iter().map(|field| field.name.path.clone()).collect();
    let rank = |path: &str| -> Vec<usize> {
        let cuts = path.match_indices('.').map(|(at, _)| at);
        let prefixes = cuts.chain([path.len()]).map(|end| &path[..end]);
        prefixes
            .filter_map(|prefix| order.iter().position(|known| known == prefix))
            .collect()
    };
    all.sort_by_cached_key(|field| rank(&field.name.path));
    Ok(all)
}

/// The choices by which each further variant of a new enum is read.
fn variants(field: &Field, choices: &BTreeMap<String, usize>) -> Vec<BTreeMap<String, usize>> {
    let n = field.kinds.iter().find_map(|kind| match kind {
        Kind::Choice(_, variants) => Some(variants.len()),
        _ => None,
    });
    let with = |variant| {
        let mut choices = choices.clone();
        choices.insert(field.name.path.clone(), variant);
        choices
    };
    (1..n.unwrap_or(0)).rev().map(with).collect()
}

/// What was asked for in one reading.
#[derive(Default)]
struct Trace {
    fields: Vec<Field>,
    /// The variant that is read, by the path of the enum; the first where none is said.
    choices: BTreeMap<String, usize>,
    name: Name,
    optional: bool,
    many: bool,
    /// Enums that are being read: one in itself is not followed any further.
    inside: Vec<&'static str>,
    muted: bool,
}

#[derive(Clone, Copy)]
struct Asked<'a> {
    trace: &'a RefCell<Trace>,
}

impl Asked<'_> {
    fn note(self, kind: Kind) {
        let mut trace = self.trace.borrow_mut();
        let (optional, many) = (trace.optional, trace.many);
        (trace.optional, trace.many) = (false, false);
        if trace.muted || trace.name.path.is_empty() {
            return;
        }
        let name = trace.name.clone();
        if let Some(known) = trace
            .fields
            .iter_mut()
            .find(|known| known.name.path == name.path)
        {
            if !known.kinds.contains(&kind) {
                known.kinds.push(kind);
            }
            return;
        }
        trace.fields.push(Field {
            name,
            kinds: vec![kind],
            optional,
            many,
        });
    }

    /// Reads something that has another name.
    fn under<T>(self, name: Name, read: impl FnOnce() -> T) -> T {
        let outside = std::mem::replace(&mut self.trace.borrow_mut().name, name);
        let result = read();
        self.trace.borrow_mut().name = outside;
        result
    }

    fn name(self) -> Name {
        self.trace.borrow().name.clone()
    }
}

macro_rules! answered {
    ($($method:ident $kind:ident $visit:ident $value:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.note(Kind::$kind);
            visitor.$visit($value)
        }
    )*};
}

macro_rules! unknown {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Error> {
            Err(Error::custom(concat!("no parameter is read by ", stringify!($method))))
        }
    )*};
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Error;

    answered! {
        deserialize_bool Switch visit_bool true;
        deserialize_i8 Whole visit_i8 1;
        deserialize_i16 Whole visit_i16 1;
        deserialize_i32 Whole visit_i32 1;
        deserialize_i64 Whole visit_i64 1;
        deserialize_u8 Whole visit_u8 1;
        deserialize_u16 Whole visit_u16 1;
        deserialize_u32 Whole visit_u32 1;
        deserialize_u64 Whole visit_u64 1;
        deserialize_f32 Real visit_f32 1.0;
        deserialize_f64 Real visit_f64 1.0;
        deserialize_char Text visit_char 'a';
        deserialize_str Text visit_borrowed_str "a";
        deserialize_string Text visit_borrowed_str "a";
    }

    unknown! {
        deserialize_any deserialize_i128 deserialize_u128 deserialize_bytes deserialize_byte_buf deserialize_map
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.trace.borrow_mut().optional = true;
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Some(capability) = capability_of(name) else {
            return visitor.visit_newtype_struct(self);
        };
        self.note(Kind::Plugin(capability));
        visitor.visit_map(MapDeserializer::new(std::iter::once((0u64, "a"))))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(1, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.trace.borrow_mut().many = true;
        visitor.visit_seq(Elements {
            asked: self,
            left: len,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.note(Kind::Group);
        let entered = self.name().entered(name);
        let of = Keys {
            asked: self,
            keys: fields.iter(),
            key: "",
        };
        self.under(entered, || visitor.visit_map(of))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let known = self.trace.borrow().inside.contains(&name);
        self.note(Kind::Choice(name, variants));
        let entered = self.name().entered(name);
        let chosen = {
            let mut trace = self.trace.borrow_mut();
            trace.inside.push(name);
            let muted = trace.muted;
            trace.muted |= known;
            let choice = trace.choices.get(&entered.path).copied();
            (if known { None } else { choice }.unwrap_or(0), muted)
        };
        let variant = variants.get(chosen.0).copied().unwrap_or_default();
        let result = self.under(entered, || {
            visitor.visit_enum(Chosen {
                asked: self,
                variant,
            })
        });
        let mut trace = self.trace.borrow_mut();
        trace.inside.pop();
        trace.muted = chosen.1;
        result
    }
}

/// The elements of a list or tuple.
struct Elements<'a> {
    asked: Asked<'a>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.asked).map(Some)
    }
}

/// The fields of a struct.
struct Keys<'a> {
    asked: Asked<'a>,
    keys: std::slice::Iter<'static, &'static str>,
    key: &'static str,
}

impl<'de> MapAccess<'de> for Keys<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(key) = self.keys.next() else {
            return Ok(None);
        };
        self.key = key;
        let key: BorrowedStrDeserializer<'_, Error> = BorrowedStrDeserializer::new(key);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let name = self.asked.name().field(self.key);
        self.asked.under(name, || seed.deserialize(self.asked))
    }
}

/// One variant of an enum.
struct Chosen<'a> {
    asked: Asked<'a>,
    variant: &'static str,
}

impl<'de> EnumAccess<'de> for Chosen<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = BorrowedStrDeserializer::<Error>::new(self.variant);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Chosen<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        let name = self.asked.name().field(self.variant);
        self.asked.under(name, || seed.deserialize(self.asked))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let name = self.asked.name().field(self.variant);
        self.asked
            .under(name, || self.asked.deserialize_tuple(len, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name = self.asked.name().field(self.variant);
        let keys = Keys {
            asked: self.asked,
            keys: fields.iter(),
            key: "",
        };
        self.asked.under(name, || visitor.visit_map(keys))
    }
}
