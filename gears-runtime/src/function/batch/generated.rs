//! What only runs over records that Python makes say.

use super::BatchFunction;
use crate::function::{origin::Argument, reader::kind::Generated, role::Generator};

impl<T> BatchFunction<T, Generated> {
    /// Reads what this generator yields, instead of the reader's own.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::PythonReader, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let count = PythonReader::new(py!("lambda: range(10)")).count().run();
    /// assert_eq!(count.clone().generator(py!("lambda: 'abc'")).on(&gears)?.into_one()?, 3);
    /// assert_eq!(count.on(&gears)?.into_one()?, 10);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    #[must_use]
    pub fn generator(mut self, generator: impl Generator) -> Self {
        self.argument = Some(Argument::Code(generator.into_code()));
        self
    }
}
