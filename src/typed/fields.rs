//! The fields of a type in the order in which they are written. A schema cannot say it: its properties are sorted.

use std::cell::Cell;

use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, Visitor, value::Error},
    forward_to_deserialize_any,
};

/// As a struct asks its input for them; none of a type that takes whatever comes, such as one with a flattened field.
pub(super) fn of<T: DeserializeOwned>() -> &'static [&'static str] {
    let fields: Cell<&[&str]> = Cell::new(&[]);
    // The probe holds nothing, so that no value comes of it.
    drop(T::deserialize(Probe(&fields)));
    fields.get()
}

/// Listens to what is asked for.
struct Probe<'a>(&'a Cell<&'static [&'static str]>);

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(self, _: &str, fields: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        self.0.set(fields);
        Err(Error::custom("a probe"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a probe"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}
