-- | Compares what the readers found in a manifest with what Cabal says of it.
--
-- > runghc tests/oracles/hackage/Components.hs FACTS CABAL-FILE [FACTS CABAL-FILE …]
--
-- Needs GHC and its Cabal library; `check.sh` runs it over all fixtures. From the facts it puts each component's
-- dependencies together by the parts (its own, those of its conditions, those of the stanzas it takes in), and compares
-- them with the dependencies in Cabal's description of that component. A fixture called `broken` must be refused by Cabal.
--
-- Left aside: what is under `if false`, which the readers leave out on purpose, and the package's own libraries.
module Main (main) where

import qualified Data.ByteString as ByteString
import Data.List (isPrefixOf, nub, sort, stripPrefix, tails)
import Data.Maybe (mapMaybe)
import Distribution.PackageDescription
import Distribution.PackageDescription.Parsec
import Distribution.Parsec
import Distribution.Pretty (prettyShow)
import Distribution.Types.CondTree
import Distribution.Types.Version (versionDigitParser)
import Distribution.Types.VersionRange
import Distribution.CabalSpecVersion (CabalSpecVersion (..))
import Distribution.Version
import System.Environment (getArgs)
import System.Exit (exitFailure)
import System.FilePath (takeBaseName)

-- | A component, a package and a range, each as text.
type Fact = (String, String, String)

main :: IO ()
main = do
  arguments <- getArgs
  results <- mapM check (pairs arguments)
  if and results then return () else exitFailure

pairs :: [a] -> [(a, a)]
pairs (a : b : rest) = (a, b) : pairs rest
pairs _ = []

check :: (FilePath, FilePath) -> IO Bool
check (file, cabal) = do
  bytes <- ByteString.readFile cabal
  facts <- lines <$> readFile file
  case snd (runParseResult (parseGenericPackageDescription bytes)) of
    Left _ -> report file (takeBaseName file == "broken") "Cabal refuses it"
    Right description -> do
      let theirs = sort (fromCabal description)
          ours = sort (fromFacts [component | (component, _, _) <- theirs] facts)
          differ = "\n  only here:  " ++ show (without theirs ours) ++ "\n  only Cabal: " ++ show (without ours theirs)
      report file (ours == theirs && takeBaseName file /= "broken") (if ours == theirs then "the same" else differ)

without :: [Fact] -> [Fact] -> [Fact]
without known = filter (`notElem` known)

report :: FilePath -> Bool -> String -> IO Bool
report file good text = do
  putStrLn (file ++ ": " ++ (if good then "ok: " else "WRONG: ") ++ text)
  return good

-- Cabal's side.

fromCabal :: GenericPackageDescription -> [Fact]
fromCabal description =
  concat
    [ component "library" (maybe [] (dependencies libBuildInfo) (condLibrary description))
    , concat [component ("library " ++ prettyShow n) (dependencies libBuildInfo t) | (n, t) <- condSubLibraries description]
    , concat [component ("foreign-library " ++ prettyShow n) (dependencies foreignLibBuildInfo t) | (n, t) <- condForeignLibs description]
    , concat [component ("executable " ++ prettyShow n) (dependencies buildInfo t) | (n, t) <- condExecutables description]
    , concat [component ("test-suite " ++ prettyShow n) (dependencies testBuildInfo t) | (n, t) <- condTestSuites description]
    , concat [component ("benchmark " ++ prettyShow n) (dependencies benchmarkBuildInfo t) | (n, t) <- condBenchmarks description]
    , component "custom-setup" (maybe [] setupDepends (setupBuildInfo (packageDescription description)))
    ]
  where
    component title found = [(title, prettyShow (depPkgName d), normal (depVerRange d)) | d <- found, depPkgName d /= own]
    -- Also what Cabal makes of a dependency on an internal library.
    own = pkgName (package (packageDescription description))

dependencies :: (a -> BuildInfo) -> CondTree v c a -> [Dependency]
dependencies info tree = targetBuildDepends (info (condTreeData tree)) ++ concatMap branch (condTreeComponents tree)
  where
    branch (CondBranch (Lit False) _ no) = maybe [] (dependencies info) no
    branch (CondBranch _ yes no) = dependencies info yes ++ maybe [] (dependencies info) no

normal :: VersionRange -> String
normal = prettyShow . fromVersionIntervals . toVersionIntervals

-- The reader's side, from the printed facts.

data Part = Part { title :: String, within :: Maybe Int, takes :: [Int], replaces :: Bool, own :: [Int] }

fromFacts :: [String] -> [String] -> [Fact]
fromFacts known facts =
  [ (component, name, range)
  | (number, part) <- parts
  , within part == Nothing
  , not ("common " `isPrefixOf` title part)
  , not (isTaken number)
  , component <- components (title part)
  , (name, range) <- map (declared !!) (statements [] number)
  , name /= ownName
  ]
  where
    declared = map readDeclared (mapMaybe (stripPrefix "declared ") facts)
    parts = zip [0 ..] (map readPart (mapMaybe (stripPrefix "part ") facts))
    isTaken number = any (elem number . takes . snd) parts
    statements hidden number =
      filter ((`notElem` hidden) . fst . (declared !!)) (own part)
        ++ concatMap (statements (if replaces part then map (fst . (declared !!)) (own part) else [])) (takes part)
        ++ concatMap (statements []) inside
      where
        part = snd (parts !! number)
        inside = [child | (child, p) <- parts, within p == Just number]
    -- In the old style the package's own dependencies are those of all its components.
    components "package" = nub known
    components "executable" = ["executable " ++ ownName]
    components other = [other]
    ownName = case mapMaybe (stripPrefix "identity ") facts of
      (identity : _) -> takeWhile (/= ' ') identity
      [] -> ""

readPart :: String -> Part
readPart line = Part
  { title = takeWhile (/= '`') (drop 1 (dropWhile (/= '`') line))
  , within = read . takeWhile (/= ' ') <$> after "` within "
  , takes = maybe [] list (after " takes ")
  , replaces = maybe False (const True) (after " replaces")
  , own = maybe [] list (after " declared ")
  }
  where
    after word = case filter (word `isPrefixOf`) (tails line) of
      (found : _) -> Just (drop (length word) found)
      [] -> Nothing
    list text = case reads text of
      [(numbers, _)] -> numbers
      _ -> []

-- `PLACE `TEXT` NAME STATED …`
readDeclared :: String -> (String, String)
readDeclared line = (name, range)
  where
    (_, text) = breakOn '`' line
    (_, afterText) = breakOn '`' text
    (name, stated) = breakOn ' ' (drop 1 afterText)
    range = case stripPrefix "Requirement(" stated of
      Just literal -> case reads literal of
        [(requirement, grammar)] -> either error normal (parse (", Hpack" `isPrefixOf` grammar) requirement)
        _ -> error ("no string literal: " ++ literal)
      Nothing -> normal anyVersion
    parse True text = either (const (cabal text)) Right (cabal ("== " ++ text))
    parse False text = cabal text
    cabal = explicitEitherParsec (versionRangeParser versionDigitParser CabalSpecV3_0)

breakOn :: Char -> String -> (String, String)
breakOn c text = let (before, rest) = break (== c) text in (before, drop 1 rest)
