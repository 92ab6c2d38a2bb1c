//! Sends commands to the nodes of a cluster that they are for.

use redis::Value;

use super::scope::{Scope, Targets};
use crate::{
    connect::cluster::{
        Cluster,
        errand::{Answer, Asked, Errand},
        journey::Route,
    },
    error::Result,
};

/// Returns the answer that the replies of chosen nodes make, which is of the one node if it is of one.
fn answer(scope: &Scope, mut replies: Vec<(Asked, Value)>) -> Answer {
    if replies.len() != 1 {
        return Answer::of_several(scope.merge(replies));
    }
    let (asked, reply) = replies.remove(0);
    Answer {
        reply,
        ahead: None,
        node: Some(asked.node),
    }
}

impl Cluster {
    /// Sends a command to the nodes in its scope and returns the reply, an error reply too.
    ///
    /// # Errors
    ///
    /// A node cannot be reached or does not answer in time.
    pub(crate) fn dispatch(&self, scope: &Scope, errand: Errand<'_>) -> Result<Answer> {
        let map = self.map();
        let nodes = match scope.targets(&map) {
            Targets::One(route) => return self.send(route, errand),
            Targets::Ask(question) => {
                let question = Errand {
                    command: &question,
                    reads: true,
                    blocks: false,
                    ..errand
                };
                let replies = self.send_each(None, question)?;
                match scope.holders(replies)? {
                    holders if holders.is_empty() => return self.send(Route::Any, errand),
                    holders => holders,
                }
            }
            Targets::All => {
                let replies = self.send_each(None, errand)?;
                return Ok(Answer::of_several(scope.merge(replies)));
            }
        };
        Ok(answer(scope, self.send_each(Some(&nodes), errand)?))
    }
}

#[cfg(feature = "aio")]
impl Cluster {
    /// Sends a command as [`dispatch`](Self::dispatch) does.
    ///
    /// # Errors
    ///
    /// As [`dispatch`](Self::dispatch).
    pub(crate) async fn dispatch_async(&self, scope: &Scope, errand: Errand<'_>) -> Result<Answer> {
        let map = self.map();
        let nodes = match scope.targets(&map) {
            Targets::One(route) => return self.send_async(route, errand).await,
            Targets::Ask(question) => {
                let question = Errand {
                    command: &question,
                    reads: true,
                    blocks: false,
                    ..errand
                };
                let replies = self.send_each_async(None, question).await?;
                match scope.holders(replies)? {
                    holders if holders.is_empty() => {
                        return self.send_async(Route::Any, errand).await;
                    }
                    holders => holders,
                }
            }
            Targets::All => {
                let replies = self.send_each_async(None, errand).await?;
                return Ok(Answer::of_several(scope.merge(replies)));
            }
        };
        let replies = self.send_each_async(Some(&nodes), errand).await?;
        Ok(answer(scope, replies))
    }
}
