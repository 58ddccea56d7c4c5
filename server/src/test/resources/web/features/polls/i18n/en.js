export default {
  "poll.close": "Close poll",
  "poll.closed": "Closed",
  "poll.closed_note": "A poll was closed",
  "poll.error_closed": "This poll is closed.",
  "poll.line": "Poll: {question}",
  "poll.name": "Poll",
  "poll.option": "Option {number}",
  "poll.question": "Question",
  "poll.send": "Send poll",
};
