# A body in a file of its own: no indentation, any editor.
words = {}
for word in text.split():
    words[word] = words.get(word, 0) + 1

return words
