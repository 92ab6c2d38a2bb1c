//! What the table shows, and in which order.

use gears_tests::{ask, until};

use super::{Calls, Live, cell, names};

#[test]
fn rates_and_times_of_gears_that_are_called() {
    let live = Live::new(&[]);
    let titles = live.terminal.lines()[2].clone();
    assert_eq!(
        titles.split_whitespace().collect::<Vec<_>>(),
        [
            "NAME",
            "READER",
            "RATE/S▼",
            "P50",
            "P99",
            "RUNS",
            "FAILED",
            "WAIT",
            "RUN"
        ]
    );
    let calls = Calls::of(&live.server, "nap", &[]);
    let (p50, p99) = live.terminal.until("rate of nap", |lines| {
        let rate: f64 = cell(lines, "nap", "RATE/S")?.parse().ok()?;
        // It naps for 3 ms, so there are no more than 333 in a second.
        (rate > 1.0 && rate < 340.0).then_some(())?;
        Some((cell(lines, "nap", "P50")?, cell(lines, "nap", "P99")?))
    });
    for time in [&p50, &p99] {
        let number = time.trim_end_matches("ms").parse::<f64>();
        assert!(time.ends_with("ms") && number.unwrap() >= 3.0, "{time}");
    }
    live.terminal.until("sum of rates", |lines| {
        let (_, rest) = lines[1].split_once("5 gears  ")?;
        let rate: f64 = rest.split_once(" runs/s")?.0.parse().ok()?;
        (rate > 1.0).then_some(())
    });
    // What is called most stands above, though it is not the first by name.
    live.terminal
        .until("order", |lines| (names(lines)[0] == "nap").then_some(()));
    drop(calls);
    live.terminal.until("end of the calls", |lines| {
        (cell(lines, "nap", "RATE/S")? == "0").then_some(())
    });
    assert_eq!(
        cell(&live.terminal.lines(), "quick", "P50").as_deref(),
        Some("-"),
        "what never ran took no time"
    );
}

#[test]
fn failures_are_counted_and_red() {
    let live = Live::new(&[]);
    let mut client = live.server.client();
    for argument in ["0", "1", "0", "0"] {
        client.trigger("divide", &[argument.as_bytes()]);
    }
    live.terminal.until("three failures", |lines| {
        let failed = cell(lines, "divide", "FAILED")? == "3";
        let runs = cell(lines, "divide", "RUNS")? == "4";
        let sum = lines[1].contains("3 failed");
        (failed && runs && sum).then_some(())
    });
    let red = live.terminal.look(|screen| {
        let (rows, columns) = screen.size();
        (0..rows.get())
            .flat_map(|row| (0..columns.get()).map(move |column| (row, column)))
            .filter_map(|(row, column)| screen.cell(row, column))
            .any(|cell| cell.contents() == "3" && cell.fgcolor() == vt100::Color::Idx(1))
    });
    assert!(red);
}

#[test]
fn keys_change_the_order() {
    let mut live = Live::new(&["--sort", "name"]);
    let by_name = ["divide", "endless", "nap", "person:*", "quick"];
    live.terminal.until_shown("NAME▲");
    assert_eq!(names(&live.terminal.lines()), by_name);
    live.terminal.press("r");
    live.terminal.until_shown("NAME▼");
    let mut reversed = by_name;
    reversed.reverse();
    assert_eq!(names(&live.terminal.lines()), reversed);
    let mut client = live.server.client();
    for (trigger, times) in [("quick", 2), ("divide", 3)] {
        for _ in 0..times {
            client.trigger(trigger, &[b"1"]);
        }
    }
    // From names over readers, modes, rates and times to the counts.
    for title in ["READER▲", "MODE▲", "RATE/S▼", "P50▼", "P99▼", "RUNS▼"] {
        live.terminal.press("s");
        live.terminal.until_shown(title);
    }
    live.terminal.until("order by runs", |lines| {
        (names(lines)[..2] == ["divide", "quick"]).then_some(())
    });
    live.terminal.press("S");
    live.terminal.until_shown("P99▼");
}

#[test]
fn filter_lets_through_what_holds_it() {
    let mut live = Live::new(&[]);
    live.terminal.press("/QU");
    live.terminal.until("filtered rows", |lines| {
        (names(lines) == ["quick"]).then_some(())
    });
    live.terminal.until_shown("filter: QU");
    // A letter is text here, and no key.
    live.terminal.press("q\r");
    live.terminal.until_shown("nothing fits the filter");
    live.terminal.press("/\x7f");
    live.terminal
        .until("rows", |lines| (names(lines) == ["quick"]).then_some(()));
    live.terminal.press("\x1b");
    live.terminal.until_shown("nothing fits the filter");
    live.terminal.press("/\x7f\x7f\x7f\r");
    live.terminal
        .until("all rows", |lines| (names(lines).len() == 5).then_some(()));
    // A filter from the command line.
    let live = Live::new(&["--filter", "keysreader"]);
    live.terminal.until("filtered rows", |lines| {
        (names(lines) == ["person:*"]).then_some(())
    });
}

#[test]
fn pause_asks_the_server_nothing() {
    let mut live = Live::new(&[]);
    let mut client = live.server.client();
    client.trigger("quick", &[]);
    live.terminal.until("run", |lines| {
        (cell(lines, "quick", "RUNS")? == "1").then_some(())
    });
    live.terminal.press("p");
    live.terminal.until_shown("PAUSED");
    // Ten intervals without a word.
    until("idle connection", || {
        let clients = ask!(client, "CLIENT", "LIST");
        let ours = clients
            .split("\\n")
            .find(|line| line.contains("cmd=info"))?;
        (!ours.contains(" idle=0 ")).then_some(())
    });
    client.trigger("quick", &[]);
    live.terminal.press("/q\r");
    live.terminal.until_shown("filter: q");
    assert_eq!(
        cell(&live.terminal.lines(), "quick", "RUNS").as_deref(),
        Some("1")
    );
    live.terminal.press("p");
    live.terminal.until("second run", |lines| {
        (cell(lines, "quick", "RUNS")? == "2").then_some(())
    });
    assert!(!live.terminal.lines()[0].contains("PAUSED"));
}

#[test]
fn interval_is_changed_by_keys() {
    let mut live = Live::new(&[]);
    live.terminal.until_shown("every 0.1 s");
    live.terminal.press("+++");
    live.terminal.until_shown("every 1 s");
    live.terminal.press("-");
    live.terminal.until_shown("every 0.5 s");
    live.terminal.press("------");
    live.terminal.until_shown("every 0.1 s");
}

#[test]
fn screen_is_drawn_anew_in_any_size() {
    let mut live = Live::new(&[]);
    live.terminal.resize((10, 40));
    live.terminal.until("small screen", |lines| {
        let titles: Vec<&str> = lines.get(2)?.split_whitespace().collect();
        let fits = lines.len() == 10 && lines[9].starts_with("q quit");
        (titles == ["NAME", "RATE/S▼", "P99", "FAILED"] && fits).then_some(())
    });
    assert_eq!(names(&live.terminal.lines()).len(), 5);
    // The other list has the place then.
    live.terminal.press("\t");
    live.terminal.until_shown("nothing runs or waits");
    live.terminal.press("\t");
    live.terminal.resize((30, 120));
    live.terminal.until("large screen", |lines| {
        let titles = lines.get(2)?;
        (titles.contains("MODE") && lines.len() == 30 && lines[29].contains("interval"))
            .then_some(())
    });
    // Nothing of it fits, and it goes on.
    live.terminal.resize((1, 1));
    live.terminal.resize((2, 300));
    live.terminal.until("long line", |lines| {
        (lines.len() == 2 && lines[0].contains("every 0.1 s")).then_some(())
    });
    live.terminal.press("q");
    assert!(live.terminal.wait().success());
}

#[test]
fn arrows_reach_every_line() {
    let server = gears_tests::TestServer::private();
    let tool = crate::tool::Tool::at(server.url());
    tool.run(
        "for i in range(200):\n    \
             GB('CommandReader').register(trigger=f'gear-{i:03}', mode='sync')",
    );
    let mut live = Live::over(server, tool, &["--sort", "name"]);
    live.terminal.until_shown("> gear-000");
    live.terminal.press("jj\x1b[B\x1b[A");
    live.terminal.until_shown("> gear-002");
    live.terminal.press("G");
    live.terminal.until_shown("> gear-199");
    live.terminal.press("\x1b[5~");
    live.terminal.until_shown("> gear-189");
    live.terminal.press("g");
    live.terminal.until_shown("> gear-000");
}

#[test]
fn keys_are_explained() {
    let mut live = Live::new(&[]);
    live.terminal.press("?");
    live.terminal.until_shown("abort the execution");
    live.terminal.press("q");
    live.terminal.until("table alone", |lines| {
        let explained = lines.iter().any(|line| line.contains("closes this"));
        (!explained && names(lines).len() == 5).then_some(())
    });
    live.terminal.press("q");
    assert!(live.terminal.wait().success());
}

#[test]
fn names_do_not_steer_the_terminal() {
    let server = gears_tests::TestServer::private();
    let tool = crate::tool::Tool::at(server.url());
    tool.run("GB('CommandReader').register(trigger='a\\x1b[2Jb\\x07', mode='sync')");
    let live = Live::over(server, tool, &[]);
    live.terminal.until_shown("a?[2Jb?");
}

#[test]
fn server_without_gears_is_shown_too() {
    let server = gears_tests::TestServer::private();
    let tool = crate::tool::Tool::at(server.url());
    let live = Live::over(server, tool, &[]);
    live.terminal.until_shown("nothing is registered");
    live.tool.run(super::SCRIPT);
    live.terminal
        .until("new gears", |lines| (names(lines).len() == 5).then_some(()));
}

#[test]
fn colours_are_left_out_where_nobody_wants_them() {
    let server = gears_tests::TestServer::private();
    let tool = crate::tool::Tool::at(server.url());
    tool.run(super::SCRIPT);
    let live = Live::over(server, tool, &["--color", "never"]);
    live.server.client().trigger("divide", &[b"0"]);
    live.terminal.until_shown("1 failed");
    let written = live.terminal.written();
    assert!(
        !written.contains("\x1b[31m") && !written.contains("38;5;"),
        "{written:?}"
    );
}
