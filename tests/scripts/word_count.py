# Word count: the manual of RedGrease, section 2.4.1, vanilla version.
gb = GearsBuilder()
gb.map(lambda x: x["value"]) # map records to "sentence" values
gb.flatmap(lambda x: x.split()) # split sentences to words
gb.countby() # count each word's occurances
gb.run()
