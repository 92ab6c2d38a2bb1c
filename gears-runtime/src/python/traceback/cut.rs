//! Which frames of a traceback are shown: those of the user's Python.

use super::{Frame, GROUP_HEADER, GROUP_MARGIN, Item, Traceback};
use crate::python::spot::Spot;

impl Traceback {
    /// Drops the frames of the generated script, of the engine, and of what the engine calls.
    pub(crate) fn without_machinery(self) -> Self {
        self.cut(|_, frames| {
            let entry = frames
                .iter()
                .rposition(|item| item.frame().is_some_and(Frame::is_entry));
            frames.drain(..entry.map_or(0, |entry| entry + 1));
            retain(frames, |frame, _| !frame.is_machinery());
        })
    }

    /// Drops the frames of the engine and of what gears-runtime brings into scripts; those of the script itself stay.
    pub(crate) fn without_helpers(self) -> Self {
        self.cut(|_, frames| {
            retain(frames, |frame, is_after_helper| {
                !(frame.is_helper() || is_after_helper && frame.is_nameless())
            });
        })
    }

    /// Drops the frames of a script that was built in Rust, and says where it was closed when nothing else is left.
    pub(crate) fn closed_at(self, spot: &Spot) -> Self {
        self.cut(|header, frames| {
            let is_of_script = frames
                .iter()
                .any(|item| item.frame().is_some_and(Frame::is_module));
            retain(frames, |frame, _| !frame.is_machinery());
            if frames.is_empty() && is_of_script {
                let margin = if header == GROUP_HEADER {
                    GROUP_MARGIN
                } else {
                    ""
                };
                frames.push(Item::of_frame(Frame::of_spot(spot), margin));
            }
        })
    }

    /// Changes the frames of each exception, with what announces them; without any, nothing announces them.
    fn cut(mut self, change: impl Fn(&str, &mut Vec<Item>)) -> Self {
        let is_header = |item: &Item| matches!(item, Item::Header(_));
        if !self.items.iter().any(is_header) {
            // Not as Python prints it: what is shown stays as it came.
            let mut frames: Vec<Item> = self
                .items
                .iter()
                .filter(|it| it.is_of_frames())
                .cloned()
                .collect();
            change("", &mut frames);
            self.frames = frames.iter().filter_map(Item::frame).cloned().collect();
            return self;
        }
        let mut kept = Vec::with_capacity(self.items.len());
        let mut rest = std::mem::take(&mut self.items).into_iter().peekable();
        while let Some(item) = rest.next() {
            let Item::Header(header) = &item else {
                kept.push(item);
                continue;
            };
            let mut frames = Vec::new();
            while let Some(frame) = rest.next_if(Item::is_of_frames) {
                frames.push(frame);
            }
            change(header, &mut frames);
            self.frames = frames.iter().filter_map(Item::frame).cloned().collect();
            if !frames.is_empty() {
                kept.push(item);
                kept.append(&mut frames);
            }
        }
        self.items = kept;
        self
    }
}

/// Keeps some frames; `is_shown` is told whether the one before was dropped.
fn retain(items: &mut Vec<Item>, is_shown: impl Fn(&Frame, bool) -> bool) {
    // What is said of repetitions is about the frame before.
    let (mut is_first, mut shown) = (true, false);
    items.retain(|item| {
        if let Some(frame) = item.frame() {
            shown = is_shown(frame, !is_first && !shown);
            is_first = false;
        }
        shown
    });
}

impl Item {
    fn of_frame(frame: Frame, margin: &str) -> Self {
        let text = frame
            .printed()
            .split_inclusive('\n')
            .map(|line| format!("{margin}{line}"))
            .collect();
        Self::Frame(text, frame)
    }
}
