//! TypeScript types of the worker's protocol, from the Rust types that serde carries.
//!
//! In: the sources under `src/`. Out: `pkg/src/generated/protocol.ts`, which holds every type that crosses between page and worker, its
//! documentation included. The types are read as they are written, with the attributes of serde that they have anyway, so that no
//! floor below `src/web` knows that there is a page. Whatever has no counterpart is refused by a sentence that names file and type.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use syn::{Attribute, Field, Fields, GenericArgument, Item, ItemEnum, ItemStruct, PathArguments, Type, Variant};
use walkdir::WalkDir;

/// The generated file.
const OUTPUT: &str = "pkg/src/generated/protocol.ts";
/// All types with serde in these files are part of the protocol, and so is what they name.
const ROOTS: &str = "web/protocol";
const HEADER: &str =
    "// Messages between page and worker. @generated from the Rust types by `cargo xtask build`; changes belong there.\n";

/// Brings the generated file up to date; true if it was not.
pub fn refresh(root: &Path) -> Result<bool> {
    let (types, path) = (typescript(&root.join("src"))?, root.join(OUTPUT));
    if fs::read_to_string(&path).is_ok_and(|present| present == types) {
        return Ok(false);
    }
    fs::create_dir_all(path.parent().unwrap_or(root))?;
    fs::write(&path, types).with_context(|| format!("{OUTPUT} cannot be written"))?;
    Ok(true)
}

/// The text of the module for the sources in a folder.
fn typescript(sources: &Path) -> Result<String> {
    let mut known = Known::default();
    let mut due = BTreeSet::new();
    for entry in WalkDir::new(sources).sort_by_file_name() {
        let entry = entry?;
        let file = entry.path().strip_prefix(sources)?.to_string_lossy().replace('\\', "/");
        // What programs of their own define is in no protocol.
        if !file.ends_with(".rs") || file.starts_with("bin/") {
            continue;
        }
        let text = fs::read_to_string(entry.path())?;
        let names = known.take(&file, &text)?;
        if file.starts_with(ROOTS) {
            due.extend(names);
        }
    }
    let mut done: BTreeMap<String, String> = BTreeMap::new();
    while let Some(name) = due.pop_first() {
        let (text, named) = known.declaration(&name)?;
        done.insert(name, text);
        due.extend(named.into_iter().filter(|name| !done.contains_key(name)));
    }
    let declarations: Vec<String> = done.into_values().collect();
    Ok(format!("{HEADER}\n{}", declarations.join("\n")))
}

/// Rust types that serde carries, by name, each with the files that define one.
#[derive(Default)]
struct Known(BTreeMap<String, Vec<(String, Item)>>);

impl Known {
    /// Takes in the types of a file; their names.
    fn take(&mut self, file: &str, text: &str) -> Result<Vec<String>> {
        let parsed = syn::parse_file(text).with_context(|| format!("src/{file} cannot be parsed"))?;
        let mut names = Vec::new();
        for item in parsed.items {
            let (attributes, name) = match &item {
                Item::Struct(item) => (&item.attrs, item.ident.to_string()),
                Item::Enum(item) => (&item.attrs, item.ident.to_string()),
                _ => continue,
            };
            if derives(attributes, "Serialize") || derives(attributes, "Deserialize") {
                names.push(name.clone());
                self.0.entry(name).or_default().push((file.to_owned(), item));
            }
        }
        Ok(names)
    }

    /// The declaration of a type, and the names of those that it is made of.
    fn declaration(&self, name: &str) -> Result<(String, BTreeSet<String>)> {
        let (file, item) = match self.0.get(name).map(Vec::as_slice) {
            Some([one]) => one,
            Some([(one, _), (other, _), ..]) => {
                bail!("{name} is defined in src/{one} and in src/{other}; give one of them another name")
            }
            _ => bail!("{name} is part of the protocol, but no type of that name derives Serialize or Deserialize"),
        };
        let mut writer = Writer::default();
        let written = match item {
            Item::Struct(item) => writer.structure(item),
            Item::Enum(item) => writer.enumeration(item),
            _ => Ok(()),
        };
        written.with_context(|| format!("{name} in src/{file} has no counterpart in TypeScript"))?;
        Ok((writer.text, writer.named))
    }
}

/// The attributes of serde that decide how a value is written.
#[derive(Default)]
struct Serde {
    snake_case: bool,
    tag: Option<String>,
    rename: Option<String>,
    default: bool,
    flatten: bool,
    /// Left out if there is nothing to say.
    skipped: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let value = || -> syn::Result<String> { Ok(meta.value()?.parse::<syn::LitStr>()?.value()) };
                match meta.path.get_ident().map(ToString::to_string).as_deref() {
                    Some("rename_all") if value()? == "snake_case" => found.snake_case = true,
                    Some("tag") => found.tag = Some(value()?),
                    Some("rename") => found.rename = Some(value()?),
                    Some("default") => {
                        found.default = true;
                        let _ = meta.value().and_then(|stream| stream.parse::<syn::LitStr>());
                    }
                    Some("flatten") => found.flatten = true,
                    Some("skip_serializing_if") => {
                        found.skipped = true;
                        value()?;
                    }
                    // These change how a value is converted, not how it looks.
                    Some("with" | "deserialize_with" | "serialize_with") => {
                        value()?;
                    }
                    Some("deny_unknown_fields") => {}
                    _ => return Err(meta.error("an attribute of serde that the generator of TypeScript types does not know")),
                }
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The name of a variant as serde writes it.
    fn variant(&self, variant: &Variant) -> Result<String> {
        let (own, name) = (Self::of(&variant.attrs)?, variant.ident.to_string());
        Ok(own.rename.unwrap_or_else(|| match self.snake_case {
            true => snake_case(&name),
            false => name,
        }))
    }
}

/// A declaration in the making.
#[derive(Default)]
struct Writer {
    text: String,
    /// Types of the crate that it names.
    named: BTreeSet<String>,
}

impl Writer {
    fn structure(&mut self, item: &ItemStruct) -> Result<()> {
        let (serde, name) = (Serde::of(&item.attrs)?, &item.ident);
        self.comment(&item.attrs, "");
        let only_read = !derives(&item.attrs, "Serialize");
        match &item.fields {
            Fields::Named(_) => {
                let (members, flattened) = self.members(&item.fields, serde.default, only_read, "  ")?;
                let bases = flattened.iter().fold(String::new(), |all, base| all + base + " & ");
                match bases.is_empty() {
                    true => writeln!(self.text, "export interface {name} {{\n{members}}}")?,
                    false => writeln!(self.text, "export type {name} = {bases}{{\n{members}}}")?,
                }
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let inner = self.of_type(&fields.unnamed[0].ty)?;
                writeln!(self.text, "export type {name} = {inner}")?;
            }
            _ => bail!("it is a tuple, or has no fields"),
        }
        Ok(())
    }

    fn enumeration(&mut self, item: &ItemEnum) -> Result<()> {
        let serde = Serde::of(&item.attrs)?;
        let only_read = !derives(&item.attrs, "Serialize");
        self.comment(&item.attrs, "");
        write!(self.text, "export type {} =", item.ident)?;
        for variant in &item.variants {
            let name = serde.variant(variant)?;
            self.text.push('\n');
            self.comment(&variant.attrs, "  ");
            let form = match (&serde.tag, &variant.fields) {
                (None, Fields::Unit) => format!("'{name}'"),
                (Some(tag), Fields::Unit) => format!("{{ {tag}: '{name}' }}"),
                (Some(tag), Fields::Named(_)) => {
                    let (members, flattened) = self.members(&variant.fields, false, only_read, "      ")?;
                    let bases = flattened.iter().fold(String::new(), |all, base| all + base + " & ");
                    format!("{bases}{{\n      {tag}: '{name}'\n{members}    }}")
                }
                (Some(tag), Fields::Unnamed(fields)) if fields.unnamed.len() == 1 => {
                    let inner = self.of_type(&fields.unnamed[0].ty)?;
                    format!("({{ {tag}: '{name}' }} & {inner})")
                }
                _ => bail!("its variant {} has values but the enum no tag", variant.ident),
            };
            write!(self.text, "  | {form}")?;
        }
        self.text.push('\n');
        Ok(())
    }

    /// The members of a type and the types that are flattened into it. With `default` each member may be left out; what is `only_read`
    /// may leave out its options.
    fn members(&mut self, fields: &Fields, default: bool, only_read: bool, indent: &str) -> Result<(String, Vec<String>)> {
        let before = std::mem::take(&mut self.text);
        let mut flattened = Vec::new();
        for field in fields {
            let serde = Serde::of(&field.attrs)?;
            if serde.flatten {
                let form = self.of_type(&field.ty)?;
                flattened.push(form);
                continue;
            }
            self.comment(&field.attrs, indent);
            let inner = option(field);
            let absent = inner.is_some() && (serde.skipped || only_read);
            let optional = absent || serde.skipped || serde.default || default;
            let form = match inner {
                Some(inner) if absent => self.of_type(inner)?,
                _ => self.of_type(&field.ty)?,
            };
            let key = serde
                .rename
                .unwrap_or_else(|| field.ident.as_ref().map(ToString::to_string).unwrap_or_default());
            let plain = key.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
            let key = if plain { key } else { format!("'{key}'") };
            writeln!(self.text, "{indent}{key}{}: {form}", if optional { "?" } else { "" })?;
        }
        let members = std::mem::replace(&mut self.text, before);
        Ok((members, flattened))
    }

    /// A type as TypeScript has it.
    fn of_type(&mut self, rust: &Type) -> Result<String> {
        let path = match rust {
            Type::Path(path) => &path.path,
            Type::Reference(reference) => return self.of_type(&reference.elem),
            Type::Slice(slice) => return self.list(&slice.elem),
            Type::Array(array) => {
                let syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Int(length),
                    ..
                }) = &array.len
                else {
                    return self.list(&array.elem);
                };
                let element = self.of_type(&array.elem)?;
                return Ok(format!("[{}]", vec![element; length.base10_parse()?].join(", ")));
            }
            Type::Tuple(tuple) if !tuple.elems.is_empty() => {
                let elements: Result<Vec<String>> = tuple.elems.iter().map(|element| self.of_type(element)).collect();
                return Ok(format!("[{}]", elements?.join(", ")));
            }
            _ => bail!("a member has a type that is neither a name, a list nor a tuple"),
        };
        let Some(last) = path.segments.last() else {
            bail!("a member has a type without a name");
        };
        let arguments: Vec<&Type> = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(argument) => Some(argument),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        let name = last.ident.to_string();
        let of_browser = path
            .segments
            .first()
            .is_some_and(|first| first.ident == "js_sys" || first.ident == "web_sys");
        Ok(match (name.as_str(), arguments.as_slice()) {
            ("Vec" | "VecDeque" | "Array", [element]) => self.list(element)?,
            ("Option", [inner]) => format!("{} | null", self.of_type(inner)?),
            ("Box" | "Arc" | "Rc", [inner]) => self.of_type(inner)?,
            ("BTreeMap" | "HashMap", [key, value]) => format!("Record<{}, {}>", self.of_type(key)?, self.of_type(value)?),
            (_, []) if of_browser => name,
            ("String" | "str" | "char", []) => "string".to_owned(),
            ("bool", []) => "boolean".to_owned(),
            ("u8" | "u16" | "u32" | "u64" | "usize" | "i8" | "i16" | "i32" | "i64" | "isize" | "f32" | "f64", []) => {
                "number".to_owned()
            }
            (_, []) => {
                self.named.insert(name.clone());
                name
            }
            _ => bail!("a member is a {name} of something, for which there is no rule"),
        })
    }

    fn list(&mut self, element: &Type) -> Result<String> {
        let element = self.of_type(element)?;
        Ok(match element.contains(' ') {
            true => format!("({element})[]"),
            false => format!("{element}[]"),
        })
    }

    /// The documentation of an item, without the brackets of links within the crate.
    fn comment(&mut self, attributes: &[Attribute], indent: &str) {
        let lines: Vec<String> = attributes
            .iter()
            .filter_map(|attribute| match &attribute.meta {
                syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
                    syn::Expr::Lit(syn::ExprLit {
                        lit: syn::Lit::Str(text),
                        ..
                    }) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            })
            .map(|line| line.trim().replace("[`", "`").replace("`]", "`").replace("*/", "* /"))
            .collect();
        // Writing to a string cannot fail.
        let _ = match lines.as_slice() {
            [] => Ok(()),
            [line] => writeln!(self.text, "{indent}/** {line} */"),
            lines => {
                let body = lines
                    .iter()
                    .fold(String::new(), |all, line| all + indent + " * " + line + "\n");
                writeln!(self.text, "{indent}/**\n{body}{indent} */")
            }
        };
    }
}

/// The type within an option.
fn option(field: &Field) -> Option<&Type> {
    let Type::Path(path) = &field.ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a type derives a trait, under whatever path.
fn derives(attributes: &[Attribute], name: &str) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        // A list of traits has nothing that could be wrong once the crate compiles.
        let _ = attribute.parse_nested_meta(|meta| {
            found |= meta.path.segments.last().is_some_and(|last| last.ident == name);
            Ok(())
        });
    }
    found
}

/// A name in the form of serde's `snake_case`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The declarations of the types in a text, in the order of their names.
    fn declared(text: &str) -> Result<String> {
        let mut known = Known::default();
        let mut names = known.take("web/protocol.rs", text)?;
        names.sort();
        let all: Result<Vec<String>> = names.iter().map(|name| Ok(known.declaration(name)?.0)).collect();
        Ok(all?.join(""))
    }

    #[test]
    fn the_committed_types_are_those_of_the_sources() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .expect("the program lies in a folder of xtask/");
        let stale = refresh(root).expect("the types can be written");
        assert!(
            !stale,
            "{OUTPUT} was not what the Rust types make; it is now, so run this again and commit it"
        );
    }

    #[test]
    fn every_form_of_serde_has_its_counterpart() {
        let text = declared(
            r#"
            /// One thing, see [`Kind`].
            #[derive(Serialize, Deserialize)]
            #[serde(default, deny_unknown_fields)]
            struct A {
                /// How many.
                count: usize,
                names: Vec<Option<String>>,
                kind: Option<Kind>,
            }
            #[derive(Serialize)]
            struct B {
                #[serde(rename = "ndcg@5")]
                ndcg_5: f32,
                #[serde(default, skip_serializing_if = "Option::is_none")]
                gone: Option<[f64; 2]>,
                #[serde(flatten)]
                rest: A,
            }
            #[derive(Deserialize)]
            #[serde(tag = "command", rename_all = "snake_case")]
            enum C {
                Stop,
                /// Reads.
                LoadFiles { files: js_sys::Array<web_sys::File>, mapping: Option<String> },
                Other(B),
            }
            #[derive(Serialize)]
            #[serde(rename_all = "snake_case")]
            enum Kind { First, SecondOne }
            struct Inner { left_alone: std::time::Instant }
            "#,
        );
        let expected = "\
/** One thing, see `Kind`. */
export interface A {
  /** How many. */
  count?: number
  names?: (string | null)[]
  kind?: Kind | null
}
export type B = A & {
  'ndcg@5': number
  gone?: [number, number]
}
export type C =
  | { command: 'stop' }
  /** Reads. */
  | {
      command: 'load_files'
      files: File[]
      mapping?: string
    }
  | ({ command: 'other' } & B)
export type Kind =
  | 'first'
  | 'second_one'
";
        assert_eq!(text.expect("all of it has a counterpart"), expected);
    }

    #[test]
    fn what_has_no_counterpart_is_refused_by_name() {
        let refused = |text: &str| format!("{:#}", declared(text).expect_err("must be refused"));
        let map = refused("#[derive(Serialize)] struct Held { inner: Mutex<u8> }");
        assert!(map.starts_with("Held in src/web/protocol.rs has no counterpart"), "{map}");
        let mixed = refused("#[derive(Serialize)] enum Mixed { One(u8) }");
        assert!(mixed.contains("its variant One has values but the enum no tag"), "{mixed}");
        let unknown = refused("#[derive(Serialize)] #[serde(from = \"u8\")] struct From { inner: u8 }");
        assert!(unknown.contains("does not know"), "{unknown}");
    }
}
