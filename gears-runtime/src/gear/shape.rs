//! The types of a gear: of its parameters and of its result.

/// Describes one parameter of a gear.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, gear_command};
/// #[gear_command]
/// fn paint(colour: &str, opacity: Option<f32>) -> Result<String> {
///     "return colour if opacity is None else f'{colour} {opacity}'"
/// }
///
/// for param in paint::GEAR.params() {
///     let optional = if param.is_optional() { " (optional)" } else { "" };
///     println!("{} travels as {:?}{optional}", param.name(), param.wire());
/// }
/// # assert_eq!(paint::GEAR.params().len(), 2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param {
    pub(super) name: &'static str,
    pub(super) wire: Wire,
    pub(super) optional: bool,
}

impl Param {
    #[doc(hidden)]
    pub const fn new(name: &'static str, wire: Wire, optional: bool) -> Self {
        Self {
            name,
            wire,
            optional,
        }
    }

    /// Returns the name of the parameter.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns how arguments for it travel.
    pub const fn wire(&self) -> Wire {
        self.wire
    }

    /// Tells whether its argument can be a key of the server's.
    #[doc(hidden)]
    pub const fn is_key(&self) -> bool {
        matches!(self.wire, Wire::Text | Wire::Bytes | Wire::Integer) && !self.optional
    }

    /// Tells whether the Rust type is an `Option`.
    pub const fn is_optional(&self) -> bool {
        self.optional
    }
}

/// Says how an argument travels, and so what Python receives.
///
/// # Examples
///
/// ```
/// # use std::collections::BTreeMap;
/// # use gears_runtime::{Result, Wire, gear_command};
/// #[gear_command]
/// fn tag(document: u64, urgent: bool, labels: BTreeMap<String, String>) -> Result<()> {
///     "cmd.hset(f'document:{document}', mapping={**labels, 'urgent': int(urgent)})"
/// }
///
/// let wires: Vec<Wire> = tag::GEAR.params().iter().map(|param| param.wire()).collect();
/// assert_eq!(wires, [Wire::Integer, Wire::Boolean, Wire::Json]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Wire {
    /// UTF-8 text, a `str`.
    Text,
    /// Decimal digits, an `int`.
    Integer,
    /// The shortest text that reads back as the same number, a `float`.
    Float,
    /// `1` or `0`, a `bool`.
    Boolean,
    /// The bytes themselves, or base64 where the server would cut them; a `bytes`.
    Bytes,
    /// JSON, whatever `json.loads` makes of it.
    Json,
    /// Not at all: the server makes the record of an event or the arguments of a hooked command.
    Made,
}

/// Says what a gear returns.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, Returned, gear_command};
/// #[gear_command]
/// fn price_of(item: &str) -> Result<f64> {
///     "return float(cmd.get('price:' + item) or 0)"
/// }
///
/// let shape = price_of::GEAR.returns();
/// assert_eq!(shape.wire(), Returned::Float);
/// assert!(!shape.is_nullable(), "`None` would be a decode error");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    wire: Returned,
    nullable: bool,
}

impl Shape {
    pub(crate) const fn new(wire: Returned, nullable: bool) -> Self {
        Self { wire, nullable }
    }

    /// Returns how the result travels.
    pub const fn wire(&self) -> Returned {
        self.wire
    }

    /// Tells whether the Rust type takes Python's `None`.
    pub const fn is_nullable(&self) -> bool {
        self.nullable
    }
}

/// Says how a result travels.
///
/// # Examples
///
/// ```
/// # use gears_runtime::{Result, Returned, gear_command, redis};
/// #[gear_command]
/// fn picture(name: &str) -> Result<Vec<u8>> {
///     "return execute('GET', name) or b''"
/// }
///
/// #[gear_command]
/// fn whatever_comes() -> Result<redis::Value> {
///     "return 1"
/// }
///
/// assert_eq!(picture::GEAR.returns().wire(), Returned::Bytes);
/// assert_eq!(whatever_comes::GEAR.returns().wire(), Returned::Raw);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Returned {
    /// Nothing: whatever Python returned is dropped.
    Unit,
    /// UTF-8 text.
    Text,
    /// A RESP integer, or decimal digits beyond 64 bits.
    Integer,
    /// The shortest text that reads back as the same number.
    Float,
    /// The RESP integers 1 and 0.
    Boolean,
    /// The bytes themselves.
    Bytes,
    /// JSON.
    Json,
    /// Whatever the server makes of the Python value.
    Raw,
}
