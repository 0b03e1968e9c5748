//! Where the plugins named in a text stand.
//!
//! ron says whether a text is right and what is wrong with it, but the values that it gives do not know their places.
//! So a text that ron has accepted is read a second time, along the brackets that [`scan`] finds in it, and each
//! reference to a plugin is handed its place on the way. What has no brackets is read by ron here too.

use std::cell::RefCell;

use ron::Error;
use serde::de::value::{BorrowedStrDeserializer, MapDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};

use super::found::{Found, Number, Reference};
use super::ron_options;
use super::scan::{self, Item, Items, Kind, Value};
use crate::registry::Capability;

/// What a value that names a plugin asks its deserializer for: a name for each capability.
const TOKENS: [(Capability, &str); 6] = [
    (Capability::Dataset, "lab_core::PluginRef<Dataset>"),
    (Capability::Aligner, "lab_core::PluginRef<Aligner>"),
    (Capability::Generator, "lab_core::PluginRef<Generator>"),
    (Capability::FeatureNet, "lab_core::PluginRef<FeatureNet>"),
    (Capability::LossTerm, "lab_core::PluginRef<LossTerm>"),
    (Capability::Decoder, "lab_core::PluginRef<Decoder>"),
];

/// The name by which a reference of this capability asks for its place: [`Reader`] answers with a map of one entry, from
/// the first byte to the text, and other deserializers with the value alone.
pub(super) fn token(capability: Capability) -> &'static str {
    let found = TOKENS.iter().find(|(of, _)| *of == capability);
    found.map_or("", |(_, token)| token)
}

/// The capability that a name of [`token`] asks for.
pub(super) fn capability_of(token: &str) -> Option<Capability> {
    let found = TOKENS.iter().find(|(_, known)| *known == token);
    found.map(|(capability, _)| *capability)
}

/// Reads a text that ron accepts: the value, whose references know their places, and what was found on the way.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<(T, Found), Error> {
    let document = scan::document(text)
        .map_err(|broken| Error::custom(format!("expected {}", broken.expected)))?;
    let found: RefCell<Found> = RefCell::default();
    let value = T::deserialize(Reader {
        text,
        value: &document,
        found: &found,
    })?;
    Ok((value, found.into_inner()))
}

/// Reads one value.
#[derive(Clone, Copy)]
struct Reader<'a, 'de> {
    text: &'de str,
    value: &'a Value,
    /// What was passed so far.
    found: &'a RefCell<Found>,
}

impl<'a, 'de> Reader<'a, 'de> {
    fn at(self, value: &'a Value) -> Self {
        Self { value, ..self }
    }

    fn own_text(self) -> &'de str {
        &self.text[self.value.span.clone()]
    }

    /// The name before the bracket.
    fn name(self) -> &'de str {
        let text = self.own_text();
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        &text[..end.unwrap_or(text.len())]
    }

    /// ron, on this value alone.
    fn ron(self) -> Result<ron::Deserializer<'de>, Error> {
        ron::Deserializer::from_str_with_options(self.own_text(), &ron_options())
            .map_err(|error| error.code)
    }

    /// Notes that a number is asked for here.
    fn number(self) {
        let mut found = self.found.borrow_mut();
        let name = found.name.clone();
        found.numbers.push(Number {
            name,
            span: self.value.span.clone(),
        });
    }

    /// Reads what stands in a field or variant, which has a name of its own.
    fn inside<T>(self, key: &str, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let name = self.found.borrow().name.field(key);
        let outside = std::mem::replace(&mut self.found.borrow_mut().name, name);
        let result = read();
        self.found.borrow_mut().name = outside;
        result
    }

    /// Reads a struct or enum, whose name its fields are known by.
    fn enter<T>(self, owner: &str, read: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let name = self.found.borrow().name.entered(owner);
        let outside = std::mem::replace(&mut self.found.borrow_mut().name, name);
        let result = read();
        self.found.borrow_mut().name = outside;
        result
    }

    fn values(self, items: &'a Items) -> Values<'a, 'de> {
        Values {
            reader: self,
            items: items.items.iter(),
        }
    }

    fn fields(self, items: &'a Items) -> Fields<'a, 'de> {
        Fields {
            reader: self,
            items: items.items.iter(),
            value: None,
        }
    }
}

macro_rules! read_by_ron {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.ron()?.$method(visitor)
        }
    )*};
}

macro_rules! read_number {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number();
            self.ron()?.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = Error;

    read_number! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
    }

    read_by_ron! {
        deserialize_any deserialize_bool deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value.kind {
            Kind::Plain if self.own_text() == "None" => visitor.visit_none(),
            Kind::Group(Items { items, .. }) if self.name() == "Some" => match &items[..] {
                [only] => visitor.visit_some(self.at(&only.value)),
                _ => Err(Error::ExpectedOption),
            },
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.ron()?.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Some(capability) = capability_of(name) else {
            return visitor.visit_newtype_struct(self);
        };
        let range = self.value.span.clone();
        let placed = (range.start as u64, self.own_text());
        self.found
            .borrow_mut()
            .references
            .push(Reference { capability, range });
        visitor.visit_map(MapDeserializer::new(std::iter::once(placed)))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value.kind {
            Kind::Group(items) | Kind::List(items) => visitor.visit_seq(self.values(items)),
            Kind::Plain | Kind::Map(_) => self.ron()?.deserialize_seq(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value.kind {
            Kind::Map(entries) => visitor.visit_map(Entries {
                reader: self,
                entries: entries.iter(),
                value: None,
            }),
            _ => self.ron()?.deserialize_map(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.value.kind {
            Kind::Group(items) => self.enter(name, || visitor.visit_map(self.fields(items))),
            _ => self.ron()?.deserialize_struct(name, fields, visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.value.kind {
            Kind::Group(items) => self.enter(name, || {
                visitor.visit_enum(Variant {
                    reader: self,
                    items,
                })
            }),
            _ => self.ron()?.deserialize_enum(name, variants, visitor),
        }
    }
}

/// The elements of a list or tuple.
struct Values<'a, 'de> {
    reader: Reader<'a, 'de>,
    items: std::slice::Iter<'a, Item>,
}

impl<'de> SeqAccess<'de> for Values<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Error> {
        let item = self.items.next();
        item.map(|item| seed.deserialize(self.reader.at(&item.value)))
            .transpose()
    }
}

/// The fields of a struct.
struct Fields<'a, 'de> {
    reader: Reader<'a, 'de>,
    items: std::slice::Iter<'a, Item>,
    value: Option<(&'de str, &'a Value)>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let key = item.key.clone().ok_or(Error::ExpectedIdentifier)?;
        let key = &self.reader.text[key];
        self.value = Some((key, &item.value));
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let (key, value) = self.value.take().ok_or(Error::ExpectedMapColon)?;
        let reader = self.reader.at(value);
        reader.inside(key, || seed.deserialize(reader))
    }
}

/// The entries of a map.
struct Entries<'a, 'de> {
    reader: Reader<'a, 'de>,
    entries: std::slice::Iter<'a, (Value, Value)>,
    value: Option<&'a Value>,
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(self.reader.at(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = self.value.take().ok_or(Error::ExpectedMapColon)?;
        seed.deserialize(self.reader.at(value))
    }
}

/// One of an enum's variants, with what stands between its brackets.
struct Variant<'a, 'de> {
    reader: Reader<'a, 'de>,
    items: &'a Items,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let name = BorrowedStrDeserializer::<Error>::new(self.reader.name());
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        match &self.items.items[..] {
            [only] if only.key.is_none() => {
                let reader = self.reader.at(&only.value);
                reader.inside(self.reader.name(), || seed.deserialize(reader))
            }
            _ => Err(Error::ExpectedStructLike),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Error> {
        let values = self.reader.values(self.items);
        self.reader
            .inside(self.reader.name(), || visitor.visit_seq(values))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let fields = self.reader.fields(self.items);
        self.reader
            .inside(self.reader.name(), || visitor.visit_map(fields))
    }
}
