// All tests of the console in one process: they share one gateway and one browser. A part runs alone by `node --test test/console/<part>.ts`.
import './console/overview.ts';
import './console/search.ts';
import './console/exchange.ts';
import './console/session.ts';
import './console/agents.ts';
import './console/journal.ts';
import './console/resource.ts';
import './console/findings.ts';
import './console/hostile.ts';
import './console/nobody.ts';
import './console/shell.ts';
