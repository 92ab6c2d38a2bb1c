; extends

; The Python in Rust: bodies of gears, and what the macro `py!` takes.

; #[gear_command] fn f() -> Result<()> { r#" … "# }, with other attributes and comments between
(
  (attribute_item
    (attribute
      [
        (identifier) @_attribute
        (scoped_identifier
          name: (identifier) @_attribute)
      ]))
  .
  [
    (attribute_item)
    (line_comment)
    (block_comment)
  ]*
  .
  (function_item
    body: (block
      [
        (raw_string_literal
          (string_content) @injection.content)
        (string_literal
          (string_content) @injection.content)
      ]))
  (#any-of? @_attribute "gear_command" "gear_function" "gear_on_keys" "gear_on_stream" "gear_fn")
  (#set! injection.language "python"))

; on_registered = "…" among the options
((attribute
  arguments: (token_tree
    (identifier) @_option
    .
    [
      (raw_string_literal
        (string_content) @injection.content)
      (string_literal
        (string_content) @injection.content)
    ]))
  (#eq? @_option "on_registered")
  (#set! injection.language "python"))

; py!("lambda record: …", name = value)
((macro_invocation
  macro: [
    (identifier) @_macro
    (scoped_identifier
      name: (identifier) @_macro)
  ]
  (token_tree
    .
    [
      (raw_string_literal
        (string_content) @injection.content)
      (string_literal
        (string_content) @injection.content)
    ]))
  (#eq? @_macro "py")
  (#set! injection.language "python"))

; py!(allow = ["…"], python = "3.12", "lambda record: …"): behind the value of an option
((macro_invocation
  macro: [
    (identifier) @_macro
    (scoped_identifier
      name: (identifier) @_macro)
  ]
  (token_tree
    [
      (token_tree)
      (string_literal)
    ]
    .
    [
      (raw_string_literal
        (string_content) @injection.content)
      (string_literal
        (string_content) @injection.content)
    ]))
  (#eq? @_macro "py")
  (#set! injection.language "python"))
