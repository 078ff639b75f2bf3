//! PostgREST's OpenAPI document (Swagger 2.0), as far as a draft needs it, in the document's order.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use anyhow::{Result, bail};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// Most entries of one list: columns, tables, paths.
const MAX_ENTRIES: usize = 10_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Document {
    swagger: String,
    pub(super) definitions: Pairs<Definition>,
    pub(super) paths: BTreeMap<String, Path>,
}

/// A table, a view, or the arguments of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Definition {
    pub(super) description: Option<String>,
    /// What is not null (columns), or must be given (arguments).
    pub(super) required: Vec<String>,
    pub(super) properties: Pairs<Property>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Property {
    /// PostgreSQL's name of the type.
    pub(super) format: String,
    pub(super) description: Option<String>,
    #[serde(rename = "enum")]
    pub(super) labels: Vec<Value>,
    #[serde(rename = "maxLength")]
    pub(super) max_length: Option<u64>,
    pub(super) items: Option<Items>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Items {
    #[serde(rename = "enum")]
    pub(super) labels: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Path {
    pub(super) get: Option<IgnoredAny>,
    pub(super) post: Option<Operation>,
    pub(super) patch: Option<IgnoredAny>,
    pub(super) delete: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Operation {
    pub(super) summary: Option<String>,
    parameters: Vec<Parameter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Parameter {
    schema: Option<Definition>,
}

impl Document {
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        let document: Self = match serde_json::from_slice(json) {
            Ok(document) => document,
            Err(error) => bail!("this is not PostgREST's OpenAPI document: {error}"),
        };
        if document.swagger != "2.0" {
            bail!("this is not PostgREST's OpenAPI document: it does not say `\"swagger\": \"2.0\"`");
        }
        Ok(document)
    }

    /// Functions by name.
    pub(super) fn functions(&self) -> impl Iterator<Item = (&str, &Path, &Operation)> {
        let rpc = self.paths.iter().filter_map(|(path, item)| Some((path.strip_prefix("/rpc/")?, item)));
        rpc.filter_map(|(name, item)| Some((name, item, item.post.as_ref()?)))
    }

    /// Whether GET tells functions that change nothing from the others. Some versions of PostgREST offer GET for all of them,
    /// and then it says nothing.
    pub(super) fn get_means_read_only(&self) -> bool {
        self.functions().any(|(_, item, _)| item.get.is_none())
    }
}

impl Operation {
    /// The arguments: the schema of the body.
    pub(super) fn arguments(&self) -> Option<&Definition> {
        self.parameters.iter().find_map(|parameter| parameter.schema.as_ref())
    }
}

/// An object's members in their order.
#[derive(Debug)]
pub(super) struct Pairs<V>(pub(super) Vec<(String, V)>);

impl<V> Default for Pairs<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Pairs<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
    type Value = Pairs<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            if pairs.len() >= MAX_ENTRIES {
                return Err(serde::de::Error::custom("too many members"));
            }
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}
