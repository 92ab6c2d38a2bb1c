//! The words of servers, as types.

macro_rules! words {
    ($(#[$docs:meta])* $name:ident { $($(#[$variant_docs:meta])* $variant:ident => $word:literal,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_docs])* $variant,)*
        }

        impl $name {
            /// Returns the word that servers use.
            ///
            /// # Examples
            ///
            /// ```
            /// use gears_runtime::function::{KeyType, LogLevel, Order, ReaderType};
            ///
            /// assert_eq!(ReaderType::ShardsIdReader.as_str(), "ShardsIDReader");
            /// assert_eq!(KeyType::ZSet.as_str(), "zset");
            /// assert_eq!(LogLevel::Warning.as_str(), "warning");
            /// assert_eq!(Order::Descending.as_str(), "descending");
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Names a reader.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{KeysReader, ReaderType};
    ///
    /// assert_eq!(KeysReader::new("*").reader_type(), ReaderType::KeysReader);
    /// assert_eq!(ReaderType::ShardsIdReader.as_str(), "ShardsIDReader");
    /// ```
    ReaderType {
        /// Reads keys with their values.
        KeysReader => "KeysReader",
        /// Reads the names of keys.
        KeysOnlyReader => "KeysOnlyReader",
        /// Reads the entries of streams.
        StreamReader => "StreamReader",
        /// Reads what a Python generator yields.
        PythonReader => "PythonReader",
        /// Reads one id for each shard.
        ShardsIdReader => "ShardsIDReader",
        /// Reads the commands that clients send.
        CommandReader => "CommandReader",
    }
}

words! {
    /// Names the type of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::function::{KeyType, KeysReader};
    ///
    /// let function = KeysReader::new("*").register().key_types([KeyType::List, KeyType::ZSet]);
    /// assert!(function.script()?.source().contains("keyTypes=['list', 'zset']"));
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    KeyType {
        /// Strings, bitmaps and HyperLogLogs.
        String => "string",
        /// Hashes.
        Hash => "hash",
        /// Lists.
        List => "list",
        /// Sets.
        Set => "set",
        /// Sorted sets.
        ZSet => "zset",
        /// Streams.
        Stream => "stream",
        /// Values of modules.
        Module => "module",
    }
}

words! {
    /// Names a level of the server's log.
    ///
    /// # Examples
    ///
    /// ```
    /// use gears_runtime::{function::{KeysOnlyReader, LogLevel}, py};
    ///
    /// let log = py!(
    ///     r#"lambda key: log("Processing key: %s" % key, level=level)"#,
    ///     level = LogLevel::Debug.as_str(),
    /// );
    /// assert!(KeysOnlyReader::new("*").for_each(log).run().script().is_ok());
    /// ```
    LogLevel {
        /// For whoever looks for a fault.
        Debug => "debug",
        /// More than most want to read.
        Verbose => "verbose",
        /// What is worth noting.
        Notice => "notice",
        /// What should not be.
        Warning => "warning",
    }
}

words! {
    /// Says in which order records are sorted.
    ///
    /// # Examples
    ///
    #[cfg_attr(feature = "embedded", doc = "```")]
    #[cfg_attr(not(feature = "embedded"), doc = "```text")]
    /// use gears_runtime::{function::{Order, PythonReader}, py};
    ///
    /// # let (server, gears) = gears_runtime::embedded::example()?;
    /// let words = PythonReader::new(py!("lambda: ['b', 'c', 'a']")).declare::<String>();
    /// assert_eq!(words.sort(Order::Descending).run().on(&gears)?.into_results(), ["c", "b", "a"]);
    /// # Ok::<(), gears_runtime::Error>(())
    /// ```
    Order {
        /// The smallest first.
        Ascending => "ascending",
        /// The largest first.
        Descending => "descending",
    }
}
