//! What goes wrong, and what the errors tell.
//!
//! Every error says what to do next. `kind()` tells them apart in programs, and accessors such
//! as `python()` have the particulars.

mod server;

use std::time::Duration;

use gears_runtime::{
    Error, ErrorKind, Gears, Result, embedded, function::PythonReader, gear_command, py,
    register_all, register_where, unregister_all,
};

const LINE: u32 = line!();
/// Returns the share of each of `people`.
#[gear_command(trigger = "errors.share")]
fn share(total: i64, people: i64) -> Result<i64> {
    r#"
    def divide():
        return total // people

    return divide()
    "#
}

const LATE: u32 = line!();
/// Looks a page up among those that are there, one after another.
#[gear_command(trigger = "errors.late")]
async fn late(page: &str) -> Result<String> {
    r#"
    import asyncio

    async def look_up(pages):
        await asyncio.sleep(0)
        return pages[page]

    return await look_up({})
    "#
}

/// Returns more than fits.
#[gear_command(trigger = "errors.big")]
fn big() -> Result<u8> {
    "return 256"
}

/// Takes its time.
#[gear_command(trigger = "errors.slow")]
fn slow(seconds: f64) -> Result<()> {
    r#"
    import time
    time.sleep(seconds)
    "#
}

/// Needs a package that nobody ever published.
#[gear_command(trigger = "errors.needy", requirements = ["/no/such/package.whl"])]
fn needy() -> Result<()> {
    "pass"
}

/// Shares a trigger with somebody else's script.
#[gear_command(trigger = "errors.taken")]
fn taken() -> Result<String> {
    r#"return "ours""#
}

/// Shows an error and checks its kind.
fn expect(kind: ErrorKind, what: &str, result: Result<impl Sized>) -> Error {
    let Err(error) = result else {
        panic!("{what}: no error");
    };
    println!(
        "\n{what}\n    {}",
        error.to_string().replace('\n', "\n    ")
    );
    assert_eq!(error.kind(), kind);
    error
}

fn main() -> Result<()> {
    expect(
        ErrorKind::NotBound,
        "a call before register_all",
        share(1, 1),
    );
    expect(
        ErrorKind::Configuration,
        "a URL that makes no sense",
        Gears::connect("example.org"),
    );
    expect(
        ErrorKind::Connection,
        "a server that is not there",
        Gears::connect("unix:///no/such/socket"),
    );

    let plain = embedded::Server::builder().plain().start()?;
    expect(
        ErrorKind::Unsupported,
        "a server without the engine",
        register_all(&Gears::connect(plain.url())?),
    );

    let server = server::Server::find()?;
    let gears = server.connect()?;

    let missing = register_where(&gears, |gear| gear.name() == "needy");
    let error = expect(
        ErrorKind::Requirement,
        "a package that does not exist",
        missing,
    );
    assert_eq!(
        error.requirement().unwrap().requirements(),
        ["/no/such/package.whl"]
    );

    gears.execute(&gears_runtime::Script::from_source(
        "GB('CommandReader', desc='another team').register(trigger='errors.taken')",
    ))?;
    let duplicate = register_where(&gears, |gear| gear.name() == "taken");
    let error = expect(
        ErrorKind::DuplicateTrigger,
        "a trigger that is taken",
        duplicate,
    );
    assert_eq!(error.duplicate().unwrap().trigger(), "errors.taken");

    register_where(&gears, |gear| {
        ["share", "late", "big", "slow"].contains(&gear.name())
    })?;

    // The traceback names this file, and the lines of the Python in it.
    let error = expect(ErrorKind::Python, "an exception in Python", share(5, 0));
    let python = error.python().unwrap();
    assert_eq!(python.exception(), "ZeroDivisionError");
    let innermost = python.frames().last().unwrap();
    assert_eq!((innermost.file(), innermost.line()), (file!(), LINE + 6));

    // So does that of an async gear, whose Python is a coroutine.
    let awaited = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made")
        .block_on(late("index"));
    let error = expect(ErrorKind::Python, "an exception in a coroutine", awaited);
    let python = error.python().unwrap();
    assert_eq!(
        (python.exception(), python.message()),
        ("KeyError", "'index'")
    );
    let places: Vec<_> = python
        .frames()
        .iter()
        .map(|frame| (frame.file(), frame.line(), frame.source()))
        .collect();
    assert_eq!(
        places,
        [
            (file!(), LATE + 11, Some("return await look_up({})")),
            (file!(), LATE + 9, Some("return pages[page]")),
        ]
    );
    // `{:#}` adds what was called, and where.
    println!(
        "\n    … {}",
        format!("{error:#}").lines().last().unwrap_or_default()
    );

    // A function that was built in Rust points to the step, even where no Python of ours raised.
    const STEP: u32 = line!() + 1;
    let numbers = PythonReader::new(py!("lambda: iter(['12', 'x'])")).map(py!("int"));
    let failed = numbers.run().on(&gears)?.into_result();
    let error = expect(
        ErrorKind::Python,
        "an exception in a built function",
        failed,
    );
    let step = &error.python().unwrap().frames()[0];
    assert_eq!((step.file(), step.line()), (file!(), STEP));
    assert_eq!(step.function(), "map");

    let error = expect(ErrorKind::Decode, "a result that does not fit", big());
    assert!(error.decode_error().unwrap().came().contains("256"));

    let hasty = gears
        .clone()
        .with_response_timeout(Duration::from_millis(100));
    expect(
        ErrorKind::Timeout,
        "a gear that takes too long",
        slow::on(&hasty).call(1.0),
    );
    // Nothing is broken by that.
    assert_eq!(share(6, 2)?, 3);

    unregister_all(&gears)?;
    expect(
        ErrorKind::UnknownTrigger,
        "a call after unregister_all",
        share(6, 2),
    );
    forget_the_other_team(&gears)
}

/// Takes out what this example registered in another team's name.
fn forget_the_other_team(gears: &Gears) -> Result<()> {
    gears.execute(&gears_runtime::Script::from_source(
        "for entry in execute('RG.DUMPREGISTRATIONS'):\n    \
             if entry[5] == 'another team':\n        \
                 execute('RG.UNREGISTER', entry[1])",
    ))?;
    Ok(())
}
