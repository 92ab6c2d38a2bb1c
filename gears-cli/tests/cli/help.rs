//! What `--help` says, command by command.

use crate::tool::Tool;

#[test]
fn help_of_every_command_is_pinned() {
    let tool = Tool::nowhere();
    let mut all = gears_cli::command_line();
    all.build();
    let mut waiting = vec![(all, Vec::<String>::new())];
    let mut seen = 0;
    while let Some((command, path)) = waiting.pop() {
        for subcommand in command.get_subcommands() {
            if subcommand.get_name() != "help" {
                let mut path = path.clone();
                path.push(subcommand.get_name().to_owned());
                waiting.push((subcommand.clone(), path));
            }
        }
        let mut words = path.clone();
        words.push("--help".to_owned());
        let help = tool.call(&words).good();
        let name = if path.is_empty() {
            "gears".to_owned()
        } else {
            path.join("_")
        };
        // What all commands share is pinned once, with the first of them.
        let own = match help.split_once("\nConnection:\n") {
            Some((own, shared)) if !path.is_empty() => {
                assert!(shared.contains("--host <HOST>"), "{name}");
                own
            }
            _ => help.as_str(),
        };
        insta::assert_snapshot!(name, own);
        seen += 1;
    }
    assert!(seen > 20, "{seen}");
}

#[test]
fn no_option_of_a_command_hides_one_of_all_commands() {
    // Not built: later each command has those of all commands too.
    let all = gears_cli::command_line();
    let mut waiting: Vec<_> = all.get_subcommands().collect();
    while let Some(command) = waiting.pop() {
        waiting.extend(command.get_subcommands());
        for arg in command.get_arguments() {
            for shared in all.get_arguments() {
                let hides = arg.get_id() == shared.get_id()
                    || (arg.get_long().is_some() && arg.get_long() == shared.get_long())
                    || (arg.get_short().is_some() && arg.get_short() == shared.get_short());
                assert!(!hides, "{}: {arg}", command.get_name());
            }
        }
    }
}

#[test]
fn host_is_h_and_help_is_spelt_out() {
    let tool = Tool::nowhere();
    tool.call(["list", "-h"]).bad(2, &["--host <HOST>"]);
    tool.call(["help", "list"]).good();
}

#[test]
fn nonsense_on_the_command_line_is_a_sentence() {
    let tool = Tool::nowhere();
    tool.call(["lst"])
        .bad(2, &["unrecognized subcommand 'lst'", "'list'"]);
    tool.call(["list", "-p", "many"])
        .bad(2, &["invalid value 'many'"]);
    tool.call(["run"]).bad(2, &["<FILE>"]);
    tool.call([] as [&str; 0]).bad(2, &["Usage: gears"]);
}

#[test]
fn version_is_told() {
    let version = Tool::nowhere().call(["--version"]).good();
    assert_eq!(version.trim(), concat!("gears ", env!("CARGO_PKG_VERSION")));
}
