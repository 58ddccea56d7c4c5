export default {
  "poll.close": "结束投票",
  "poll.closed": "已结束",
  "poll.closed_note": "一个投票已结束",
  "poll.error_closed": "该投票已结束。",
  "poll.line": "投票：{question}",
  "poll.name": "投票",
  "poll.option": "选项 {number}",
  "poll.question": "问题",
  "poll.send": "发送投票",
};
