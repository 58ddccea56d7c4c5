-- KEYS[1]: a counter; ARGV[1]: how much to add; ARGV[2]: a text to give back. Answers {sum, text}.
return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2]}
