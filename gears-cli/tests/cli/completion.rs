//! What the shell is told when somebody presses Tab.

use gears_tests::TestServer;

use crate::tool::Tool;

/// Asks as the shell does: with the words of the line, and which of them is being typed.
pub(crate) fn complete(tool: &Tool, words: &[&str]) -> Vec<String> {
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

#[test]
fn ids_and_names_come_from_the_server() {
    let server = TestServer::private();
    let tool = Tool::at(server.url());
    let script = "GB('CommandReader').register(trigger='echo')\nGB().register('person:*')";
    tool.feed(["run", "-", "--id", "both"], script).good();
    assert_eq!(complete(&tool, &["show", "e"]), ["echo"]);
    assert_eq!(complete(&tool, &["trigger", ""])[0], "echo");
    assert!(complete(&tool, &["unregister", ""]).contains(&"person:*".to_owned()));
    assert_eq!(complete(&tool, &["sessions", "b"]), ["both"]);
    tool.feed(["run", "-", "--unblocking"], "GB('ShardsIDReader').run()")
        .good();
    let ids = complete(&tool, &["results", ""]);
    assert!(ids.iter().any(|id| id.parse::<u64>().is_ok()), "{ids:?}");
    // The server of the line that is typed.
    let nowhere = Tool::nowhere();
    assert_eq!(
        complete(&nowhere, &["-u", server.url(), "show", "e"]),
        ["echo"]
    );
    assert_eq!(
        complete(&nowhere, &["show", "-u", server.url(), "e"]),
        ["echo"]
    );
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
    let zsh = complete_in("zsh", &tool, &["trigger", "e"]);
    assert_eq!(zsh, "echo:says it again", "name, colon, help");
    let fish = complete_in("fish", &tool, &["trigger", "e"]);
    assert_eq!(fish, "echo\tsays it again\n", "name, tab, help");
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
    let output = std::process::Command::new("bash")
        .args(["--noprofile", "--norc", "-c", script])
        .env("PATH", path)
        .env("GEARS_URL", server.url())
        .current_dir(tool.folder())
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert_eq!(out.trim(), "echo", "{output:?}");
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
