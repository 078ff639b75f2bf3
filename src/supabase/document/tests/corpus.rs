//! Documents that are good, and documents that are not with the first message about each.

/// Who can tell that a document is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    /// Whoever parses it.
    Syntax,
    /// The reader and the JSON Schema.
    Both,
    /// The reader: JSON Schema has no words for the rule.
    Reader,
}

use By::{Both, Reader, Syntax};

pub(super) const GOOD: &[&str] = &[
    r##"version = 1
[functions.ping]"##,
    r##"version = 1
[functions.sum]
read_only = true
idempotent = true
destructive = false
returns = "numeric"
arguments = { a = "numeric", "b.c" = { type = "int[]", argument = "B C", nullable = true }, state = { enum = ["x"], array = true } }"##,
    r##"version = 1.0
[limits]
server_rows = 2
[views.v]
key = ["a", "b"]
order = ["-b", "a"]
actions = ["select", "upsert"]
claims = { ok = true, n = [1, 2.5, "x"] }
[views.v.columns]
a = "uuid"
b = { enum = ["", "é"] }
c = { type = "timestamp with time zone", write = "update", nullable = false }
d = { type = "jsonb", filter = ["contains"] }
e = { type = "character varying", max_length = 5 }"##,
    r##"version = 1
tables.rpc = { columns.id = "int", actions = ["select"] }
functions.insert = {}"##,
    r##"{"$schema": "./data.schema.json", "version": 1, "wrap": true, "limits": {},
 "tables": {"t": {"key": "id", "actions": ["delete"], "scopes": [], "claims": {}, "columns": {"id": {"type": "int8", "write": false}}}}, "views": {}}"##,
];

#[rustfmt::skip]
pub(super) const BAD: &[(By, &str, &str)] = &[
    (Syntax, r##"version = 1
version = 1"##, r##"line 2: the key "version" occurs twice; the first is in line 1; join the two, or rename one"##),
    (Syntax, r##"{"version": 1,}"##, r##"line 1: not JSON: key must be a string; correct the syntax"##),
    (Both, r##"version = 1"##, r##"line 1: the document declares nothing; declare a table, a view or a function"##),
    (Both, r##"[functions.f]"##, r##"line 1, version: is missing; write version = 1"##),
    (Both, r##"version = "1"
[functions.f]"##, r##"line 1, version: "1" is no version of this document; write version = 1"##),
    (Both, r##"version = 1
functions = 1"##, r##"line 2, functions: 1 is not a table; write a table"##),
    (Both, r##"version = 1
[functions]
f = 1"##, r##"line 3, functions.f: 1 is not a table; write a table"##),
    (Both, r##"version = 1
wrap = "yes"
[functions.f]"##, r##"line 2, wrap: "yes" is neither true nor false; write true or false, without quotes"##),
    (Both, r##"version = 1
table = 1
[functions.f]"##, r##"line 2, table: there is no such member; did you mean "tables"?"##),
    (Both, r##"version = 1
[limits]
row = 1
[functions.f]"##, r##"line 3, limits.row: there is no such member; did you mean "rows"?"##),
    (Both, r##"version = 1
[limits]
rows = 0
[functions.f]"##, r##"line 3, limits.rows: 0 is not a whole number from 1 to 999; write one, without quotes"##),
    (Both, r##"version = 1
[limits]
seconds = 2.5
[functions.f]"##, r##"line 3, limits.seconds: 2.5 is not a whole number from 1 to 8; write one, without quotes"##),
    (Both, r##"version = 1
[limits]
bytes = "1"
[functions.f]"##, r##"line 3, limits.bytes: "1" is not a whole number from 4096 to 1048576; write one, without quotes"##),
    (Both, r##"version = 1
[limits]
server_rows = 1
[functions.f]"##, r##"line 3, limits.server_rows: 1 is not a whole number from 2 to 1000000; write one, without quotes"##),
    (Reader, r##"version = 1
[limits]
max_rows = 500
server_rows = 500
[functions.f]"##, r##"line 3, limits.max_rows: 500 is not less than server_rows (500), where the server cuts without a word; lower it, or raise limits.server_rows if PostgREST's db-max-rows is higher"##),
    (Reader, r##"version = 1
[limits]
server_rows = 60
max_affected = 60
[functions.f]"##, r##"line 4, limits.max_affected: 60 is not less than server_rows (60), where the server cuts without a word; lower it, or raise limits.server_rows if PostgREST's db-max-rows is higher"##),
    (Reader, r##"version = 1
[limits]
rows = 201
[functions.f]"##, r##"line 3, limits.rows: 201 is more than max_rows (200); lower it, or raise max_rows"##),
    (Both, r##"{"version": 1, "functions": {"f": null}}"##, r##"line 1, functions.f: null is not a table; write a table"##),
    (Both, r##"{"version": null, "functions": {"f": {}}}"##, r##"line 1, version: null is no version of this document; write version = 1"##),
    (Both, r##"{"version": 1, "$schema": 1, "functions": {"f": {}}}"##, r##"line 1, $schema: 1 is not text; write a string in quotes"##),
    (Both, r##"{"version": 1, "limits": [], "functions": {"f": {}}}"##, r##"line 1, limits: a list is not a table; write a table"##),
    (Both, r##"version = 1
[tables.t]"##, r##"line 2, tables.t.columns: is missing; declare the columns that callers may use, such as id = "bigint""##),
    (Both, r##"version = 1
[tables.t.columns]"##, r##"line 2, tables.t.columns: there are no columns; declare the columns that callers may use, such as id = "bigint""##),
    (Both, r##"version = 1
[tables."my t".columns]
id = "int""##, r##"line 2, tables."my t": the name does not fit into a tool's name; use 1 to 48 letters, digits, _ and -, and give its name in the database as a member"##),
    (Both, r##"version = 1
[tables.t]
view = "x"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.view: there is no such member; use schema, description, actions, key, order, rows, max_rows, max_affected, require, scopes, claims, columns or table"##),
    (Both, r##"version = 1
[tables.t]
colour = 1
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.colour: there is no such member; use schema, description, actions, key, order, rows, max_rows, max_affected, require, scopes, claims, columns or table"##),
    (Both, r##"version = 1
[tables.t]
discription = "x"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.discription: there is no such member; did you mean "description"?"##),
    (Both, r##"version = 1
[tables.t]
table = ""
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.table: "" is no name in a database; use 1 to 63 bytes without control characters, not ., .. or *"##),
    (Both, r##"version = 1
[tables.t]
table = ".."
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.table: ".." is no name in a database; use 1 to 63 bytes without control characters, not ., .. or *"##),
    (Both, r##"version = 1
[tables.t]
schema = "a\nb"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.schema: "a\nb" is no name in a database; use 1 to 63 bytes without control characters, not ., .. or *"##),
    (Reader, r##"version = 1
[tables.t]
table = "éééééééééééééééééééééééééééééééé"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.table: "éééééééééééééééééééééééééééééééé" is no name in a database; use 1 to 63 bytes without control characters, not ., .. or *"##),
    (Reader, r##"version = 1
[tables.t.columns]
id = "int"
[views.t.columns]
id = "int""##, r##"line 4, views.t: a table has this name too; give the view another name, and its own as `view`"##),
    (Both, r##"version = 1
[tables.t]
description = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.description: the description is longer than 1000 characters; shorten it; it is sent to the model in every session"##),
    (Both, r##"version = 1
[tables.t]
actions = []
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions: lists no action; list some, or remove the table"##),
    (Both, r##"version = 1
[tables.t]
actions = ["selct"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions[0]: "selct" is no action; did you mean "select"?"##),
    (Both, r##"version = 1
[tables.t]
actions = ["select", "select"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions[1]: "select" occurs twice; remove one of the two"##),
    (Both, r##"version = 1
[tables.t]
actions = "select"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions: "select" is not a list; write a list in square brackets"##),
    (Both, r##"version = 1
[tables.t]
actions = ["update"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions: update needs a key; name the columns that identify a row, such as key = "id""##),
    (Both, r##"version = 1
[tables.t]
actions = ["select", "delete"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.actions: delete needs a key; name the columns that identify a row, such as key = "id""##),
    (Reader, r##"version = 1
[tables.t]
key = "i"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.key: "i" is no column of this table; did you mean "id"?"##),
    (Both, r##"version = 1
[tables.t]
key = []
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.key: lists no column; name a column, or remove it"##),
    (Both, r##"version = 1
[tables.t]
key = ["id", "id"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.key[1]: "id" occurs twice; remove one of the two"##),
    (Both, r##"version = 1
[tables.t]
key = 1
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.key: 1 is not a list; write a list in square brackets"##),
    (Reader, r##"version = 1
[tables.t]
key = "x"
[tables.t.columns]
id = "int"
x = { type = "int", read = false }"##, r##"line 3, tables.t.key: "x" is in the key but cannot be read; remove read = false from the column"##),
    (Reader, r##"version = 1
[tables.t]
key = "x"
[tables.t.columns]
x = { type = "int", nullable = true }"##, r##"line 3, tables.t.key: "x" is in the key but may be null; remove nullable = true from the column, or take another key"##),
    (Reader, r##"version = 1
[tables.t]
key = "x"
[tables.t.columns]
x = "bool""##, r##"line 3, tables.t.key: "x" is in the key but has no order; take a column that rows can be sorted by, such as a number, a text or a uuid"##),
    (Reader, r##"version = 1
[tables.t]
key = "id"
actions = ["upsert"]
[tables.t.columns]
id = { type = "int", write = false }"##, r##"line 4, tables.t.actions: upsert needs every column of the key to be inserted; allow write = "insert" for the key, or remove the action"##),
    (Reader, r##"version = 1
[tables.t]
key = "id"
actions = ["update"]
[tables.t.columns]
id = "int""##, r##"line 4, tables.t.actions: update needs a column that can be updated; allow write for one, or remove the action"##),
    (Reader, r##"version = 1
[tables.t]
key = "id"
actions = ["delete"]
[tables.t.columns]
id = { type = "int", filter = false }"##, r##"line 4, tables.t.actions: delete needs a column to filter by; allow filter for one, or remove the action"##),
    (Reader, r##"version = 1
[tables.t]

[tables.t.columns]
id = { type = "int", read = false }"##, r##"line 2, tables.t: select needs a column that can be read; allow read for one, or remove the action"##),
    (Reader, r##"version = 1
[tables.t]
actions = ["insert"]
[tables.t.columns]
id = { type = "int", write = false }"##, r##"line 3, tables.t.actions: insert needs a column that can be inserted; allow write for one, or remove the action"##),
    (Reader, r##"version = 1
[tables.t]
order = "-created"
[tables.t.columns]
created_at = "date""##, r##"line 3, tables.t.order: "-created" is no column of this table; did you mean "created_at"?"##),
    (Reader, r##"version = 1
[tables.t]
order = ["id", "-id"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.order[1]: "-id" is in the order twice; remove one of the two"##),
    (Reader, r##"version = 1
[tables.t]
order = "x"
[tables.t.columns]
x = "text[]""##, r##"line 3, tables.t.order: "x" cannot be sorted by; take a column that can be read and whose type has an order"##),
    (Reader, r##"version = 1
[tables.t]
order = "x"
[tables.t.columns]
id = "int"
x = { type = "text", read = false }"##, r##"line 3, tables.t.order: "x" cannot be sorted by; take a column that can be read and whose type has an order"##),
    (Both, r##"version = 1
[tables.t]
rows = 1000
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.rows: 1000 is not a whole number from 1 to 999; write one, without quotes"##),
    (Reader, r##"version = 1
[tables.t]
rows = 100
max_rows = 50
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.rows: 100 is more than max_rows (50); lower it, or raise max_rows"##),
    (Reader, r##"version = 1
[limits]
server_rows = 900
[tables.t]
max_rows = 900
[tables.t.columns]
id = "int""##, r##"line 5, tables.t.max_rows: 900 is not less than server_rows (900), where the server cuts without a word; lower it, or raise limits.server_rows if PostgREST's db-max-rows is higher"##),
    (Both, r##"version = 1
[tables.t]
max_affected = 101
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.max_affected: 101 is not a whole number from 1 to 100; write one, without quotes"##),
    (Reader, r##"version = 1
[tables.t]
require = ["team"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.require[0]: "team" is no column of this table; use `id`"##),
    (Reader, r##"version = 1
[limits]
server_rows = 51
[tables.t]
max_affected = 51
[tables.t.columns]
id = "int""##, r##"line 5, tables.t.max_affected: 51 is not less than server_rows (51), where the server cuts without a word; lower it, or raise limits.server_rows if PostgREST's db-max-rows is higher"##),
    (Reader, r##"version = 1
[tables.t]
require = ["x"]
[tables.t.columns]
id = "int"
x = { type = "int", filter = ["gte", "is_null"] }"##, r##"line 3, tables.t.require[0]: "x" is required as a filter but allows neither eq nor in, so no call could meet it; allow one of them with `filter`, or require another column"##),
    (Reader, r##"version = 1
[tables.t]
require = ["x"]
[tables.t.columns]
id = "int"
x = "jsonb""##, r##"line 3, tables.t.require[0]: "x" is required as a filter but its type has neither eq nor in, so no call could meet it; require another column"##),
    (Reader, r##"version = 1
[tables.t]
require = ["x"]
[tables.t.columns]
id = "int"
x = { type = "int", filter = false }"##, r##"line 3, tables.t.require[0]: "x" is required as a filter but cannot be filtered by; allow it with `filter`, or require another column"##),
    (Both, r##"version = 1
[tables.t]
require = "id"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.require: "id" is not a list; write a list in square brackets"##),
    (Both, r##"version = 1
[tables.t]
scopes = ["a b"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.scopes[0]: "a b" is not a scope; use printable ASCII without spaces, quotes or backslashes"##),
    (Both, r##"version = 1
[tables.t]
scopes = ["a", "a"]
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.scopes[1]: "a" occurs twice; remove one of the two"##),
    (Both, r##"version = 1
[tables.t]
scopes = "a"
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.scopes: "a" is not a list; write a list in square brackets"##),
    (Both, r##"version = 1
[tables.t]
claims = { "a..b" = 1 }
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.claims."a..b": the name of the claim is no path; write names separated by single dots, such as "app_metadata.plan""##),
    (Both, r##"version = 1
[tables.t]
claims = { app_metadata.plan = "pro" }
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.claims.app_metadata: a table is not a value of a claim; write the path as one key in quotes, such as "app_metadata.plan" = "pro""##),
    (Both, r##"version = 1
[tables.t]
claims = { a = [] }
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.claims.a: lists no value; list the values that are accepted"##),
    (Both, r##"version = 1
[tables.t]
claims = { a = [[1]] }
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.claims.a[0]: a list is not a value of a claim; write text, a number, true or false, or a list of them"##),
    (Both, r##"version = 1
[tables.t]
claims = { "user_metadata.plan" = "pro" }
[tables.t.columns]
id = "int""##, r##"line 3, tables.t.claims."user_metadata.plan": the claim is one that users write themselves; use app_metadata, which only the server writes"##),
    (Both, r##"{"version": 1, "functions": {"f": {"claims": {"a": null}}}}"##, r##"line 1, functions.f.claims.a: null is not a value of a claim; write text, a number, true or false, or a list of them"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "txet""##, r##"line 4, tables.t.columns.x: "txet" is no type; did you mean "text"?"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "TEXT""##, r##"line 4, tables.t.columns.x: "TEXT" is no type; did you mean "text"?"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "varchar(200)""##, r##"line 4, tables.t.columns.x: "varchar(200)" is no type; did you mean "varchar"?"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "text[][]""##, r##"line 4, tables.t.columns.x: "text[][]" is no type; did you mean "text"?"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "json[]""##, r##"line 4, tables.t.columns.x: "json[]" is no type; use jsonb, which may hold a list"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = "geometry""##, r##"line 4, tables.t.columns.x: "geometry" is no type; use boolean, smallint, integer, bigint, numeric, real, double precision, text, uuid, date, time, timestamp, timestamptz, interval, json, jsonb or bytea"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = 1"##, r##"line 4, tables.t.columns.x: 1 is not a type; write a type, such as "text", or a table with `type`"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = {}"##, r##"line 4, tables.t.columns.x.type: is missing; write the column's type, such as type = "text", or enum = ["a", "b"]"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = 1 }"##, r##"line 4, tables.t.columns.x.type: 1 is not text; write a string in quotes"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", enum = ["a"] }"##, r##"line 4, tables.t.columns.x.enum: stands beside `type`; remove one of the two"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", array = true }"##, r##"line 4, tables.t.columns.x.array: is for an enum; remove it and write the type with [], such as "text[]""##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { enum = [] }"##, r##"line 4, tables.t.columns.x.enum: lists no label; list the labels of the enum"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { enum = ["a", "a"] }"##, r##"line 4, tables.t.columns.x.enum[1]: "a" occurs twice; remove one of the two"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { enum = [1] }"##, r##"line 4, tables.t.columns.x.enum[0]: 1 is not text; write a string in quotes"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { enum = "a" }"##, r##"line 4, tables.t.columns.x.enum: "a" is not a list; write a list in square brackets"##),
    (Reader, r##"version = 1
[tables.t.columns]
id = "int"
x = { enum = ["éééééééééééééééééééééééééééééééé"] }"##, r##"line 4, tables.t.columns.x.enum[0]: "éééééééééééééééééééééééééééééééé" is no label of an enum; use 63 bytes at most, without control characters"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", maxlength = 3 }"##, r##"line 4, tables.t.columns.x.maxlength: there is no such member; did you mean "max_length"?"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", max_length = 0 }"##, r##"line 4, tables.t.columns.x.max_length: 0 is not a whole number from 1 to 1000000; write one, without quotes"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "int", max_length = 3 }"##, r##"line 4, tables.t.columns.x.max_length: is for text only; remove it"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text[]", max_length = 3 }"##, r##"line 4, tables.t.columns.x.max_length: is for text only; remove it"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", write = "never" }"##, r##"line 4, tables.t.columns.x.write: "never" is no way to write; use true, false, "insert" or "update""##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", read = "no" }"##, r##"line 4, tables.t.columns.x.read: "no" is neither true nor false; write true or false, without quotes"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", required = true, write = "update" }"##, r##"line 4, tables.t.columns.x.required: a column that is not inserted is required; remove it, or allow write = "insert""##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", filter = "eq" }"##, r##"line 4, tables.t.columns.x.filter: "eq" is no filter; write true, false or a list of operators"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", filter = [] }"##, r##"line 4, tables.t.columns.x.filter: lists no operator; write filter = false if callers may not filter by the column"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", filter = ["equals"] }"##, r##"line 4, tables.t.columns.x.filter[0]: "equals" is no operator; use eq, neq, gt, gte, lt, lte, in, not_in, like, ilike, is_null or search"##),
    (Reader, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "int", filter = ["like"] }"##, r##"line 4, tables.t.columns.x.filter[0]: "like" does not fit the column's type; use eq, neq, gt, gte, lt, lte, in, not_in, is_null"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "int", filter = ["eq", "eq"] }"##, r##"line 4, tables.t.columns.x.filter[1]: "eq" occurs twice; remove one of the two"##),
    (Reader, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "bool[]", filter = ["in"] }"##, r##"line 4, tables.t.columns.x.filter[0]: "in" does not fit the column's type; use eq, neq, is_null, contains, contained_by, overlaps"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", read = false, write = false }"##, r##"line 4, tables.t.columns.x: can neither be read, nor filtered by, nor written; remove the column, or allow one of the three"##),
    (Both, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", column = "." }"##, r##"line 4, tables.t.columns.x.column: "." is no name in a database; use 1 to 63 bytes without control characters, not ., .. or *"##),
    (Reader, r##"version = 1
[tables.t.columns]
id = "int"
x = { type = "text", column = "id" }"##, r##"line 4, tables.t.columns.x: is in the database what "id" is; remove one of the two, or correct its `column`"##),
    (Both, r##"version = 1
[tables.t.columns]
"a b" = "int""##, r##"line 3, tables.t.columns."a b": the name does not fit into a tool's arguments; use 1 to 64 letters, digits, _, . and -, no - at the start, and give the name in the database as `column`"##),
    (Both, r##"version = 1
[tables.t.columns]
-a = "int""##, r##"line 3, tables.t.columns.-a: the name does not fit into a tool's arguments; use 1 to 64 letters, digits, _, . and -, no - at the start, and give the name in the database as `column`"##),
    (Both, r##"version = 1
[tables.t.columns]
"" = "int""##, r##"line 3, tables.t.columns."": the name does not fit into a tool's arguments; use 1 to 64 letters, digits, _, . and -, no - at the start, and give the name in the database as `column`"##),
    (Both, r##"version = 1
[tables.t.columns]
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = "int""##, r##"line 3, tables.t.columns.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the name does not fit into a tool's arguments; use 1 to 64 letters, digits, _, . and -, no - at the start, and give the name in the database as `column`"##),
    (Reader, r##"version = 1
[tables.t.columns]
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = "int""##, r##"line 3, tables.t.columns.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the key is no name in a database; give that name as `column`"##),
    (Reader, r##"version = 1
[tables.t.columns]
".." = "int""##, r##"line 3, tables.t.columns."..": the key is no name in a database; give that name as `column`"##),
    (Reader, r##"version = 1
[functions.f]
arguments = { "." = "int" }"##, r##"line 3, functions.f.arguments.".": the key is no name in a database; give that name as `argument`"##),
    (Reader, r##"version = 1
[tables.rpc.columns]
id = "int"
[functions.select]"##, r##"line 4, functions.select: its tool has the name of a table's tool, rpc_select; rename one of the two, and give its name in the database"##),
    (Both, r##"version = 1
[functions.f]
read_only = true
destructive = true"##, r##"line 4, functions.f.destructive: a function that is read_only destroys nothing; remove one of the two"##),
    (Both, r##"version = 1
[functions.f]
read_only = true
idempotent = false"##, r##"line 4, functions.f.idempotent: a function that is read_only may be called again; remove one of the two"##),
    (Reader, r##"version = 1
[functions.f]
returns = "numeric[]""##, r##"line 3, functions.f.returns: "numeric[]" would lose digits on its way; let the function return text[], or rows with a column of this type"##),
    (Both, r##"version = 1
[functions.f]
returns = "viod""##, r##"line 3, functions.f.returns: "viod" is no type; use boolean, smallint, integer, bigint, numeric, real, double precision, text, uuid, date, time, timestamp, timestamptz, interval, json, jsonb or bytea"##),
    (Both, r##"version = 1
[functions.f]
returns = 1"##, r##"line 3, functions.f.returns: 1 is nothing a function returns; write "void", a type or { columns = { … } }"##),
    (Both, r##"version = 1
[functions.f]
returns = { column = {} }"##, r##"line 3, functions.f.returns.column: there is no such member; did you mean "columns"?"##),
    (Both, r##"version = 1
[functions.f]
returns = { columns = {} }"##, r##"line 3, functions.f.returns.columns: there are no columns; declare the columns of the rows, or write returns = "void""##),
    (Both, r##"version = 1
[functions.f]
returns = { columns = { a = { type = "int", read = true } } }"##, r##"line 3, functions.f.returns.columns.a.read: there is no such member; use type, enum, array, column or description"##),
    (Both, r##"version = 1
[functions.f]
rows = 10"##, r##"line 3, functions.f.rows: is for a function that returns rows; remove it, or write returns = { columns = { … } }"##),
    (Both, r##"version = 1
[functions.f]
returns = "int"
max_rows = 10"##, r##"line 4, functions.f.max_rows: is for a function that returns rows; remove it, or write returns = { columns = { … } }"##),
    (Both, r##"version = 1
[functions.f]
arguments = { a = { type = "int", column = "b" } }"##, r##"line 3, functions.f.arguments.a.column: there is no such member; use type, enum, array, argument, description, required, nullable or max_length"##),
    (Both, r##"version = 1
[functions.f]
arguments = { a = "integr" }"##, r##"line 3, functions.f.arguments.a: "integr" is no type; did you mean "integer"?"##),
    (Reader, r##"version = 1
[functions.f]
arguments = { a = "int", b = { type = "int", argument = "a" } }"##, r##"line 3, functions.f.arguments.b: is in the database what "a" is; remove one of the two, or correct its `argument`"##),
    (Both, r##"version = 1
[functions.f]
arguments = []"##, r##"line 3, functions.f.arguments: a list is not a table; write a table"##),
    (Both, r##"version = 1
[functions.f]
max_affected = 1"##, r##"line 3, functions.f.max_affected: there is no such member; use function, schema, description, read_only, destructive, idempotent, returns, rows, max_rows, scopes, claims or arguments"##),
    (Reader, r##"version = 1
[functions.f]
description = "key: sb_secret_abc""##, r##"line 3: a secret key stands here, which bypasses row-level security; remove it and revoke it; the component works with the user's token alone"##),
];
