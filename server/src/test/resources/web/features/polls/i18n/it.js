export default {
  "poll.close": "Chiudi il sondaggio",
  "poll.closed": "Chiuso",
  "poll.closed_note": "Un sondaggio è stato chiuso",
  "poll.error_closed": "Questo sondaggio è chiuso.",
  "poll.line": "Sondaggio: {question}",
  "poll.name": "Sondaggio",
  "poll.option": "Opzione {number}",
  "poll.question": "Domanda",
  "poll.send": "Invia il sondaggio",
};
