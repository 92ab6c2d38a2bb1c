//! What the shell is told when somebody presses Tab.

use gears_tests::{TestServer, until};

use crate::tool::Tool;

/// Asks as the shell does: with the words of the line, and which of them is being typed.
fn complete(tool: &Tool, words: &[&str]) -> Vec<String> {
    let mut all = vec!["--", "gears"];
    all.extend(words);
    let output = tool
        .command(all)
        .env("COMPLETE", "bash")
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "false")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Asks until the answer is what it shall be: the server gets half a second to tell names, which on a busy
/// machine may be too little.
#[track_caller]
pub(crate) fn until_completed(tool: &Tool, words: &[&str], are: impl Fn(&[String]) -> bool) {
    until(&format!("completion of {words:?}"), || {
        are(&complete(tool, words)).then_some(())
    });
}

#[test]
fn ids_and_names_come_from_the_server() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "GB('CommandReader').register(trigger='echo')\nGB().register('person:*')";
    tool.feed(["run", "-", "--id", "both"], script).good();
    until_completed(&tool, &["show", "e"], |all| all == ["echo"]);
    until_completed(&tool, &["trigger", ""], |all| all[0] == "echo");
    until_completed(&tool, &["unregister", ""], |all| {
        all.contains(&"person:*".to_owned())
    });
    until_completed(&tool, &["sessions", "b"], |all| all == ["both"]);
    tool.feed(["run", "-", "--unblocking"], "GB('ShardsIDReader').run()")
        .good();
    until_completed(&tool, &["results", ""], |ids| {
        ids.iter().any(|id| id.parse::<u64>().is_ok())
    });
    // The server of the line that is typed.
    let nowhere = Tool::nowhere();
    for words in [
        ["-u", server.url(), "show", "e"],
        ["show", "-u", server.url(), "e"],
    ] {
        until_completed(&nowhere, &words, |all| all == ["echo"]);
    }
}

/// Asks as zsh and fish do, by their own scripts.
fn complete_in(shell: &str, tool: &Tool, words: &[&str]) -> String {
    let mut all = vec!["--", "gears"];
    all.extend(words);
    let mut command = tool.command(all);
    command.env("COMPLETE", shell);
    if shell == "zsh" {
        command.env("_CLAP_IFS", "\n");
        command.env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn all_shells_are_told_names_with_what_they_are() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader', desc='says it again').register(trigger='echo')");
    for (shell, told) in [
        ("zsh", "echo:says it again"),
        ("fish", "echo\tsays it again\n"),
    ] {
        until(shell, || {
            (complete_in(shell, &tool, &["trigger", "e"]) == told).then_some(())
        });
    }
    for shell in ["zsh", "fish"] {
        let rules = complete_in(shell, &tool, &["check", "--allow", "unused-"]);
        assert!(rules.contains("unused-parameter"), "{shell}: {rules}");
    }
}

#[test]
fn bash_completes_by_the_script_that_it_is_given() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    tool.run("GB('CommandReader').register(trigger='echo')");
    let script = "
source <(gears completions bash)
complete -p gears >&2 || exit 1
COMP_WORDS=(gears trigger ec); COMP_CWORD=2; COMP_TYPE=9
\"$(complete -p gears | sed 's/.*-F \\([^ ]*\\).*/\\1/')\" gears ec trigger
echo \"${COMPREPLY[@]}\"
";
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_gears"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    until("completion by bash", || {
        let output = std::process::Command::new("bash")
            .args(["--noprofile", "--norc", "-c", script])
            .env("PATH", &path)
            .env("GEARS_URL", server.url())
            .current_dir(tool.folder())
            .output()
            .unwrap();
        (String::from_utf8_lossy(&output.stdout).trim() == "echo").then_some(())
    });
}

#[test]
fn server_that_is_not_there_completes_nothing() {
    let tool = Tool::nowhere().env("GEARS_SOCKET", "/no/such.sock");
    assert!(complete(&tool, &["show", "e"]).is_empty());
    assert_eq!(complete(&tool, &["rest"]), ["restore"]);
    assert!(complete(&tool, &["restore", "--policy", ""]).contains(&"flush".to_owned()));
    assert_eq!(
        complete(&tool, &["config", "MaxExecutionsP"]),
        ["MaxExecutionsPerRegistration"]
    );
}

#[test]
fn shells_get_their_scripts() {
    let tool = Tool::nowhere();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = tool.call(["completions", shell]).good();
        assert!(script.contains("COMPLETE"), "{shell}: {script}");
    }
    tool.call(["completions", "tcsh"]).bad(2, &["bash"]);
}
