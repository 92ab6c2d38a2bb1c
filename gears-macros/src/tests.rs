//! Tokens in, pretty text out. What the compiler makes of it is for the package `ui-tests`.

use std::fs;

use proc_macro2::TokenStream;
use quote::quote;

use crate::command::gear;
use crate::crate_root::CrateRoot;
use crate::options::Family;

/// Expands with no crate around it, so that nothing is read.
fn expand(arguments: TokenStream, item: TokenStream) -> String {
    pretty(&gear(
        Family::Command,
        arguments,
        item,
        &CrateRoot::new(None),
    ))
}

fn pretty(tokens: &TokenStream) -> String {
    let parse = |tokens: &TokenStream| {
        syn::parse2::<syn::File>(tokens.clone()).unwrap_or_else(|error| panic!("{error}\n{tokens}"))
    };
    let whole = parse(tokens);
    let file = match whole.items.as_slice() {
        [syn::Item::Macro(wrapped)] => {
            let group: proc_macro2::Group = syn::parse2(wrapped.mac.tokens.clone()).unwrap();
            parse(&group.stream())
        }
        _ => whole,
    };
    // Without line breaks, how the printer breaks lines does not matter.
    let text = prettyplease::unparse(&file);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "missing: {part}\nin: {text}");
    }
}

#[track_caller]
fn lacks(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(!text.contains(part), "unwanted: {part}\nin: {text}");
    }
}

#[test]
fn a_plain_gear() {
    let text = expand(
        quote!(),
        quote! {
            /// Gets it.
            #[inline]
            pub(crate) fn get(url: &str, r#type: Option<u8>) -> Result<Vec<u8>> {
                "\n    return cmd.get(url)\n    "
            }
        },
    );
    has(
        &text,
        &[
            "/// Gets it. #[inline]",
            "pub(crate) fn get(url: &str, r#type: Option<u8>) -> Result<Vec<u8>> {",
            "match ::gears_runtime::__private0::callee(&get::GEAR)",
            "get::on(&__gears).call(url, r#type)",
            "pub(crate) mod get {",
            "pub static GEAR: ::gears_runtime::__private0::Gear",
            "name: \"get\"",
            "trigger: \"get\"",
            "mode: ::gears_runtime::__private0::Mode::AsyncLocal",
            "requirements: &[],",
            "replace: ::gears_runtime::__private0::Replace::Refuse",
            "description: \"Gets it.\"",
            "body: \"return cmd.get(url)\"",
            // The literal has escapes.
            "line: ::gears_runtime::__private0::core::option::Option::None",
            "coroutine: false",
            "uses_cmd: true",
            "impl get::On<'_>",
            "Param::new( \"type\", ::gears_runtime::__private0::Argument::<Option<u8>>::WIRE,",
            "Argument::<&str>::encode(&url, __call)?;",
            "Submission(& get::GEAR)",
        ],
    );
    lacks(&text, &["compile_error", "async fn", "include_bytes"]);
}

#[test]
fn every_option_arrives() {
    let text = expand(
        quote!(
            trigger = "t",
            mode = "sync",
            requirements = ["a", " b>=1 "],
            replace = false,
            description = "d",
            python = "3.12",
            crate = crate::other
        ),
        quote!(
            fn f() -> Result<()> {
                "type X = int"
            }
        ),
    );
    has(
        &text,
        &[
            "trigger: \"t\"",
            "crate::other::__private0::Mode::Sync",
            "requirements: &[\"a\", \"b>=1\"]",
            "Replace::Never",
            "description: \"d\"",
        ],
    );
    lacks(&text, &["gears_runtime", "compile_error"]);
}

#[test]
fn an_async_function_makes_an_async_stub() {
    let text = expand(
        quote!(mode = "async"),
        quote!(
            async fn f(x: u8) -> Result<PerShard<u8>> {
                "return await x"
            }
        ),
    );
    has(
        &text,
        &[
            "async fn f(x: u8)",
            ".call(x).await",
            "async fn call(&self, x: u8)",
            "::call_async(",
            "move |__call|",
            "decode_each",
            "EveryShard>::Item",
            "coroutine: true",
            "::gears_runtime::__gears_async_is_off! {}",
        ],
    );
}

#[test]
fn conditions_stand_on_everything() {
    let text = expand(
        quote!(),
        quote!(
            #[cfg(unix)]
            fn f() -> Result<()> {
                "pass"
            }
        ),
    );
    assert_eq!(text.matches("#[cfg(unix)]").count(), 7, "{text}");
}

#[test]
fn docs_show_trigger_mode_and_python() {
    let text = expand(
        quote!(trigger = "t`1", mode = "sync"),
        quote!(
            fn f() -> Result<String> {
                "return '````'"
            }
        ),
    );
    has(
        &text,
        &[
            "the trigger ``t`1``",
            "(mode `sync`)",
            "`````python",
            "return '````'",
        ],
    );
}

#[test]
fn the_function_is_there_whatever_is_wrong() {
    for (arguments, item) in [
        (
            quote!(nonsense),
            quote!(
                pub fn f(x: u8) -> Result<u8> {
                    "return x"
                }
            ),
        ),
        (
            quote!(),
            quote!(
                pub fn f(x: u8) -> Result<u8> {
                    "return ("
                }
            ),
        ),
        (
            quote!(),
            quote!(
                pub fn f(x: u8) -> Result<u8> {
                    5
                }
            ),
        ),
        (
            quote!(),
            quote!(
                pub fn f(x: u8) -> Result<u8>;
            ),
        ),
        (
            quote!(file = "no/such.py"),
            quote!(
                pub fn f(x: u8) -> Result<u8> {}
            ),
        ),
        (
            quote!(crate = self::x),
            quote!(
                pub fn f(x: u8) -> Result<u8> {
                    "return x"
                }
            ),
        ),
    ] {
        let text = expand(arguments, item);
        has(
            &text,
            &["pub fn f(x: u8) -> Result<u8> {", "::core::compile_error!"],
        );
    }
    let text = expand(
        quote!(),
        quote!(
            fn f<T>((a, b): T) {
                "return ("
            }
        ),
    );
    has(&text, &["fn f<T>((a, b): T) { ::core::unreachable!() }"]);
    let text = expand(
        quote!(),
        quote!(
            struct S;
        ),
    );
    has(&text, &["struct S;", "a gear is a function"]);
}

#[test]
fn the_result_is_looked_at_only_where_nothing_is_returned() {
    let look = "returns().is_nullable()";
    let item = |body: &str| quote!(fn f() -> Result<u8> { #body });
    has(
        &expand(quote!(), item("pass")),
        &[look, "no `return` with a value"],
    );
    lacks(&expand(quote!(), item("return 1")), &[look]);
}

#[test]
fn the_manifest_says_the_default_version() {
    let folder = std::env::temp_dir().join(format!("gears-macros-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let expand_with = |manifest: &str| {
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        let root = CrateRoot::new(Some(folder.clone().into_os_string()));
        let item = quote!(
            fn f() -> Result<()> {
                "match 1:\n    case 1: pass"
            }
        );
        pretty(&gear(Family::Command, quote!(), item, &root))
    };
    let unsaid = expand_with("[package]");
    let old = expand_with("[package.metadata.gears]\npython = '3.8'");
    let new = expand_with("[package.metadata.gears]\npython = '3.10'");
    let wrong = expand_with("[package.metadata.gears]\npython = '4'");
    fs::remove_dir_all(&folder).unwrap();
    has(&unsaid, &["on Python 3.9"]);
    has(&old, &["on Python 3.8", "include_bytes"]);
    lacks(&new, &["compile_error"]);
    has(&new, &["include_bytes"]);
    has(&wrong, &["in Cargo.toml: unknown Python version `4`"]);
}

#[test]
fn breaches_of_rules_are_errors_and_warnings() {
    let item = |body: &str| quote!(fn f(key: &str) -> Result<String> { #body });
    let warned = expand(quote!(), item("return 1"));
    let error = expand(quote!(), item("return kye"));
    if cfg!(feature = "check") {
        has(
            &warned,
            &[
                "#[deprecated(",
                "unused_parameter()",
                "never reads the parameter `key`",
            ],
        );
        has(&error, &["::core::compile_error!", "`kye` is not defined"]);
    } else {
        lacks(&error, &["compile_error"]);
    }
    let allowed = quote!(allow = ["undefined-name", "unused-parameter"]);
    for body in ["return 1", "return kye"] {
        lacks(
            &expand(allowed.clone(), item(body)),
            &["compile_error", "deprecated"],
        );
    }
    // Routing by it is a use.
    lacks(
        &expand(quote!(key = key), item("return 1")),
        &["deprecated"],
    );
}

#[test]
#[should_panic(expected = "dropped unread")]
fn errors_cannot_be_forgotten() {
    let errors = crate::errors::Errors::new();
    errors.at_span(proc_macro2::Span::call_site(), "forgotten");
}

fn expand_as(family: Family, arguments: TokenStream, item: TokenStream) -> String {
    pretty(&gear(family, arguments, item, &CrateRoot::new(None)))
}

#[test]
fn options_of_calls_arrive() {
    let text = expand(
        quote!(
            key = user,
            in_order,
            timeout_ms = 2_000,
            on_registered = "cmd.set('a', 1)"
        ),
        quote!(
            fn f(page: u8, user: &str) -> Result<u8> {
                "return page"
            }
        ),
    );
    has(
        &text,
        &[
            "cause: ::gears_runtime::__private0::Cause::Trigger",
            "key: ::gears_runtime::__private0::core::option::Option::Some(1usize)",
            "in_order: true",
            "body: \"cmd.set('a', 1)\"",
            "uses_cmd: true",
            "timeout_ms: ::gears_runtime::__private0::core::option::Option::Some(2000u64)",
            "[1usize].is_key()",
            // The key travels first.
            "Argument::<&str>::encode(&user, __call)?; ::gears_runtime::__private0::Argument::<u8>::encode(&page, __call)?;",
            "Piped<(u8, &'__gears str), Result<u8>> for f::Bound",
        ],
    );
    lacks(&text, &["compile_error"]);
}

#[test]
fn a_gear_of_events_is_a_module() {
    let text = expand_as(
        Family::Keys,
        quote!(prefix = "a:*", events = ["set"], name = "n"),
        quote! {
            /// Watches.
            #[cfg(unix)]
            pub fn watch(record: Record) {
                "cmd.incr(record['key'])"
            }
        },
    );
    has(
        &text,
        &[
            "/// Watches. #[cfg(unix)]",
            "pub mod watch {",
            "trigger: \"n\"",
            "Cause::Keys(::gears_runtime::__private0::KeyEvents { prefix: \"a:*\", events: ::gears_runtime::__private0::core::option::Option::Some(&[\"set\"])",
            "read_value: true",
            "OnFull::Drop",
            "uses_cmd: true",
            "assert_record::<Record>()",
            "#[cfg(unix)] const _: () = {",
            "Submission(& watch::GEAR)",
        ],
    );
    lacks(&text, &["compile_error", "fn watch", "struct Bound"]);
}

#[test]
fn a_gear_of_streams_has_its_defaults() {
    let text = expand_as(
        Family::Stream,
        quote!(),
        quote!(
            fn watch(record: Record) {
                "pass"
            }
        ),
    );
    has(
        &text,
        &[
            "prefix: \"*\", batch: 1u32, duration_ms: 0u64",
            "OnFailed::Continue",
            "retry_interval_ms: 1000u64, trim: true",
        ],
    );
}

#[test]
fn a_hook_is_a_module() {
    let text = expand(
        quote!(hook = "hset", key_prefix = "a:"),
        quote!(
            fn hooked(arguments: Arguments) {
                "return call_next(*arguments)"
            }
        ),
    );
    has(
        &text,
        &[
            "Hook { command: \"hset\", key_prefix: ::gears_runtime::__private0::core::option::Option::Some(\"a:\")",
            "assert_arguments::<Arguments>()",
            "mod hooked {",
        ],
    );
    lacks(&text, &["compile_error", "fn hooked"]);
}

#[test]
fn a_wrong_gear_of_events_leaves_its_module() {
    let text = expand_as(
        Family::Keys,
        quote!(),
        quote!(
            pub fn watch() -> u8 {
                "pass"
            }
        ),
    );
    has(&text, &["pub mod watch {}", "compile_error"]);
}
