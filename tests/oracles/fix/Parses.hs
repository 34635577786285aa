-- Whether Cabal's own parser takes a .cabal file. Needs GHC with its Cabal library.
module Main (main) where

import qualified Data.ByteString as B
import Distribution.PackageDescription.Parsec (parseGenericPackageDescription, runParseResult)
import System.Environment (getArgs)
import System.Exit (die)

main :: IO ()
main = do
  [path] <- getArgs
  text <- B.readFile path
  case snd (runParseResult (parseGenericPackageDescription text)) of
    Left (_, errors) -> die (foldMap show errors)
    Right description -> print description
