// 1. Sign in.
const answer = await fetch("/api/v1/sessions", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    username: "lin",
    password: "wild-geese-fly",
    device: "A script",
  }),
});
const { accessToken } = await answer.json();

// 2. Connect. Browsers cannot set headers, so the token is a
//    second subprotocol.
const server = location.origin.replace(/^http/, "ws");
const socket = new WebSocket(`${server}/ws`, [
  "hongyan.v1",
  `bearer.${accessToken}`,
]);

// 3. An answer has the id of its request. A push has none.
const waiting = new Map();
let last = 0;
socket.onmessage = ({ data }) => {
  const { type, id, ...frame } = JSON.parse(data);
  if (type === "ok") waiting.get(id)?.resolve(frame.data);
  else if (type === "error") waiting.get(id)?.reject(frame.error);
  else if (type === "welcome") sayHello();
  else if (type === "entry") console.log(frame.data);
  if (id) waiting.delete(id);
};
function request(type, data) {
  const id = String(++last);
  socket.send(JSON.stringify({ type, id, data }));
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
  });
}

// 4. Find a user, open the conversation, send a message.
async function sayHello() {
  const found = await fetch("/api/v1/users?username=marco", {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const { users } = await found.json();
  const { conversation } = await request("conversation.open", {
    user: users[0].id,
  });
  // No answer? Send the same again: it is stored once.
  const stored = await request("message.send", {
    conversation: conversation.id,
    clientId: `hello-${Date.now()}`,
    content: { type: "text", text: "Ciao 你好" },
  });
  console.log(`stored as number ${stored.seq}`);
}
